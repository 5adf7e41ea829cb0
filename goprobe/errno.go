// SPDX-License-Identifier: GPL-2.0

package main

// __attribute__((noinline)) static int succeed(int value)
// {
// 	return value;
// }
import "C"

func init() {
	register(&scenario{
		Name:    "errno",
		Summary: "the two-result form, r, err := C.f(), of a call that succeeds",
		Begin:   []string{"main.succeed"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				succeed()
			}
		},
	})
}

// succeed is where a C program's errno becomes a Go program's error.
//
//go:noinline
func succeed() {
	if _, err := C.succeed(1); err != nil {
		panic(err)
	}
}
