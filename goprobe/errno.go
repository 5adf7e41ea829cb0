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
		Begin:   []string{"main._C2func_succeed.abi0", "main._C2func_succeed"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				if _, err := C.succeed(1); err != nil {
					panic(err)
				}
			}
		},
	})
}
