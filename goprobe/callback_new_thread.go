// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdint.h>
//
// int new_thread_create(void);
import "C"

import (
	"syscall"
	"time"
)

var newThreadDone = make(chan time.Duration)

//export goNewThreadCallback
func goNewThreadCallback() {}

//export goNewThreadDone
func goNewThreadDone(ns C.int64_t) {
	newThreadDone <- time.Duration(ns)
}

func init() {
	register(&scenario{
		Name: "callback-new-thread",
		Summary: "a thread that C has just created calls an exported Go function for" +
			" the first time: it gets an M",
		Call:  "from C's entry to the exported function until it is back in C",
		Begin: []string{"goNewThreadCallback"},
		// Waiting in Go, not in C, leaves the P to the callbacks.
		timed: func(n int) time.Duration {
			var sum time.Duration
			for i := 0; i < n; i++ {
				if code := C.new_thread_create(); code != 0 {
					panic(syscall.Errno(code))
				}
				sum += <-newThreadDone
			}
			return sum
		},
	})
}
