// SPDX-License-Identifier: GPL-2.0

package main

// // The empty asm keeps the compiler from dropping a call without effect.
// __attribute__((noinline)) static void nop(void)
// {
// 	__asm__ volatile("");
// }
import "C"

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
