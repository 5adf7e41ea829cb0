// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdint.h>
//
// int thread_create(void);
// void thread_call(long n);
import "C"

import (
	"syscall"
	"time"
)

var threadDone = make(chan time.Duration)

//export goThreadCallback
func goThreadCallback() {}

//export goThreadDone
func goThreadDone(ns C.int64_t) {
	threadDone <- time.Duration(ns)
}

func init() {
	register(&scenario{
		Name: "callback-thread",
		Summary: "a thread that C created calls an exported Go function:" +
			" before Go 1.21 it borrows an M for each call",
		Call:  "from C's entry to the exported function until it is back in C",
		Begin: []string{"goThreadCallback"},
		setup: func() error {
			if code := C.thread_create(); code != 0 {
				return syscall.Errno(code)
			}
			return nil
		},
		// Waiting in Go, not in C, leaves the P to the callbacks.
		timed: func(n int) time.Duration {
			C.thread_call(C.long(n))
			return <-threadDone
		},
	})
}
