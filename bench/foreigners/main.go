// SPDX-License-Identifier: GPL-2.0

// Foreigners calls C libraries that others have written, from goroutines whose stacks grow
// and shrink, while the collector runs. It prints how many calls to C the runtime has
// counted when it ends.
package main

// #include <stdint.h>
// int64_t foreign_sum(int64_t n);
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

const goroutines = 3

// atDepth calls f under so many frames of 1 KiB: the stack grows to there, and the
// collector shrinks it afterwards.
func atDepth(n int, f func()) byte {
	var frame [1024]byte
	if n == 0 {
		f()
	} else {
		frame[n%len(frame)] = atDepth(n-1, f)
	}
	return frame[n%len(frame)]
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// sums calls C of the program's own.
func sums() func() {
	return func() {
		for i := C.int64_t(0); i < 100; i++ {
			if C.foreign_sum(i) != i*(i+1)/2 {
				panic("C: wrong sum")
			}
		}
	}
}

// kinds make a step of work; others add theirs.
var kinds = map[string]func() func(){"sums": sums}

// run works for so long, and returns the number of calls to C.
func run(kind string, seconds float64) int64 {
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var all sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			step := kinds[kind]()
			for depth := 1; time.Now().Before(end); depth = depth%200 + 7 {
				atDepth(depth, step)
			}
		}()
	}
	for time.Now().Before(end) {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
	all.Wait()
	return runtime.NumCgoCall()
}

// usage: foreigners KIND SECONDS
func main() {
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	must(err)
	fmt.Println("calls", run(os.Args[1], seconds))
}
