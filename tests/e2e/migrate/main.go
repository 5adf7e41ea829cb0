// SPDX-License-Identifier: GPL-2.0

// Migrate makes calls whose goroutine goes on on another thread, or on another
// stack: for the recorder's tests.
package main

import (
	"runtime"
	"syscall"
)

// call sleeps until another thread has taken its goroutine up: the scheduler
// gives the only P to burn, and the thread that wakes has to wait. A sleep
// during which the scheduler doesn't look is followed by another one.
//
//go:noinline
func call() int64 {
	t := syscall.Timespec{Nsec: 80e6}
	for tid := syscall.Gettid(); syscall.Gettid() == tid; {
		syscall.Nanosleep(&t, nil)
	}
	return t.Nsec
}

//go:noinline
func grow(n int) int {
	var a [512]byte
	if n == 0 {
		return 0
	}
	a[n%512] = byte(n)
	return grow(n-1) + int(a[(n+1)%512])
}

// deep outgrows its goroutine's first stack, which is then moved.
//
//go:noinline
func deep() {
	grow(20)
}

var sink int

func burn() {
	for {
		sink++
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	go burn()
	for {
		call()
		done := make(chan bool)
		go func() {
			deep()
			done <- true
		}()
		<-done
	}
}
