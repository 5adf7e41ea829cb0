// SPDX-License-Identifier: GPL-2.0

//go:build go1.24

package main

// #cgo nocallback never_calls_back
//
// __attribute__((noinline)) static void never_calls_back(void)
// {
// 	__asm__ volatile("");
// }
import "C"

func init() {
	register(&scenario{
		Name:    "nocallback",
		Summary: "a nop call whose function is declared nocallback (Go 1.24)",
		Begin:   cgoWrapper("never_calls_back"),
		loop: func(n int) {
			for i := 0; i < n; i++ {
				C.never_calls_back()
			}
		},
	})
}
