// SPDX-License-Identifier: GPL-2.0

package main

// // The empty asm keeps the compiler from dropping a call without effect.
// __attribute__((noinline)) static void nop(void)
// {
// 	__asm__ volatile("");
// }
import "C"

import "switchcost/goprobe/tsc"

func init() {
	register(&scenario{
		Name:    "nop",
		Summary: "a call of an empty C function: the price of cgo itself",
		Begin:   cgoWrapper("nop"),
		loop: func(n int) {
			for i := 0; i < n%4; i++ {
				C.nop()
			}
			// A turn's own instructions are a fiftieth of a call's.
			for i := 0; i < n/4; i++ {
				C.nop()
				C.nop()
				C.nop()
				C.nop()
			}
		},
	})
}

// callNop is for scenarios whose point is what is around the call.
func callNop() { C.nop() }

// stampedNop is callNop between time stamps, and turns of a loop. A call through a function's value would
// fetch that value, and a line of code more: nothing where all is warm, two accesses
// to memory where all is cold.
//
//go:noinline
func stampedNop(turns int) uint64 {
	start := tsc.StartAndTurn(turns)
	C.nop()
	return tsc.End() - start
}
