// SPDX-License-Identifier: GPL-2.0

// Watched is a program whose calls to C are known: it counts them itself, and prints the
// number when it ends.
package main

// #include <stdint.h>
// #include <unistd.h>
//
// // So many turns that the way into C and back weighs little.
// static __attribute__((noinline)) void spin(int turns)
// {
// 	for (int i = 0; i < turns; i++)
// 		__asm__ volatile("" ::: "memory");
// }
// static void share1(void) { spin(1000); }
// static void share2(void) { spin(2000); }
// static void share3(void) { spin(3000); }
// static void share4(void) { spin(4000); }
// static void share5(void) { spin(5000); }
// static void share6(void) { spin(6000); }
// static void share7(void) { spin(7000); }
// static void share8(void) { spin(8000); }
// static void nothing(void) {}
// static void work(void) { spin(20000); }
// static void nap(int us) { usleep(us); }
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var calls int64

// shares: functions whose times are as 1 to 8.
func shares() int64 {
	C.share1()
	C.share2()
	C.share3()
	C.share4()
	C.share5()
	C.share6()
	C.share7()
	C.share8()
	return 8
}

func nothing() int64 {
	for i := 0; i < 100; i++ {
		C.nothing()
	}
	return 100
}

// times are those of work's calls, by the program's own clock.
var times []float64

// work is about 10 us of arithmetic.
func work() int64 {
	begin := time.Now()
	C.work()
	times = append(times, float64(time.Since(begin)))
	return 1
}

// held: each goroutine computes, and calls what sleeps, and there are more than Ps. So
// a call that is over finds no P.
func held() int64 {
	for start := time.Now(); time.Since(start) < time.Millisecond; {
	}
	C.nap(1000)
	return 1
}

func naps() int64 {
	C.nap(2000)
	return 1
}

// threads: each call is on a thread of its own, which ends with its goroutine.
func threads() int64 {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		C.nothing()
		close(done)
	}()
	<-done
	return 1
}

// usage: watched KIND SECONDS GOROUTINES
func main() {
	kinds := map[string]func() int64{"shares": shares, "nothing": nothing,
		"naps": naps, "threads": threads, "work": work, "held": held}
	call := kinds[os.Args[1]]
	seconds, _ := strconv.ParseFloat(os.Args[2], 64)
	goroutines, _ := strconv.Atoi(os.Args[3])
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var all sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for time.Now().Before(end) {
				atomic.AddInt64(&calls, call())
			}
		}()
	}
	all.Wait()
	fmt.Println("calls", calls)
	if len(times) > 0 {
		sort.Float64s(times)
		fmt.Println("median", times[len(times)/2])
	}
}
