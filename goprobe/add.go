// SPDX-License-Identifier: GPL-2.0

package main

// __attribute__((noinline)) static int add(int a, int b)
// {
// 	return a + b;
// }
import "C"

func init() {
	register(&scenario{
		Name:    "add",
		Summary: "two ints in, one out",
		Begin:   cgoWrapper("add"),
		loop: func(n int) {
			sum := C.int(0)
			for i := 0; i < n; i++ {
				sum = C.add(sum, C.int(i))
			}
		},
	})
}
