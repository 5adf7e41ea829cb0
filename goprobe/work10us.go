// SPDX-License-Identifier: GPL-2.0

package main

// // A chain of multiplications and additions, 4 cycles a link, 8 links a turn:
// // 10 us at about 3.5 GHz. Nothing in it can overlap.
// __attribute__((noinline)) static unsigned long work(unsigned long x)
// {
// 	int i;
//
// #pragma GCC unroll 8
// 	for (i = 0; i < 8752; i++)
// 		x = x * 6364136223846793005ul + 1442695040888963407ul;
// 	return x;
// }
import "C"

func init() {
	register(&scenario{
		Name:    "work10us",
		Summary: "about 10 us of dependent arithmetic in C, no system call",
		Begin:   cgoWrapper("work"),
		loop: func(n int) {
			x := C.ulong(1)
			for i := 0; i < n; i++ {
				x = C.work(x)
			}
		},
	})
}
