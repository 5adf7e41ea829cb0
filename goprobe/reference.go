// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdlib.h>
//
// __attribute__((noinline, noclone)) static void allocate_and_free(void)
// {
// 	char *volatile p = malloc(64);
//
// 	free(p);
// }
//
// static void allocate_often(long n)
// {
// 	while (n-- > 0)
// 		allocate_and_free();
// }
import "C"

import "sync/atomic"

// Prices that people know, to hold that of a call against.
func init() {
	register(&scenario{
		Name:    "go-call",
		Summary: "no call out of Go: a call of an empty Go function",
		Begin:   []string{"main.goCallee"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				goCallee()
			}
		},
	})
	register(&scenario{
		Name:    "atomic",
		Summary: "no call out of Go: an addition to memory that nobody else wants, locked",
		Call:    "the Go function that makes it",
		Begin:   []string{"main.addLocked"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				addLocked()
			}
		},
	})
	register(&scenario{
		Name:    "malloc-c",
		Summary: "malloc and free of 64 bytes, made by C: one call out of Go for all of them",
		Call:    "one pair, from C to C",
		Begin:   []string{"allocate_and_free"},
		loop:    func(n int) { C.allocate_often(C.long(n)) },
	})
}

//go:noinline
func goCallee() {}

var lockedSum uint64

//go:noinline
func addLocked() {
	atomic.AddUint64(&lockedSum, 1)
}
