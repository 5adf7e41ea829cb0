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
		Begin:   []string{"main.add"},
		loop: func(n int) {
			sum := C.int(0)
			for i := 0; i < n; i++ {
				sum = add(sum, C.int(i))
			}
		},
	})
}

// add is where its arguments go to the stack, for C to find them there.
//
//go:noinline
func add(a, b C.int) C.int {
	return C.add(a, b)
}
