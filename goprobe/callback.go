// SPDX-License-Identifier: GPL-2.0

package main

// void call_back(void);
import "C"

//export goCallback
func goCallback() {}

func init() {
	register(&scenario{
		Name:    "callback",
		Summary: "C calls an exported Go function",
		Begin:   cgoWrapper("call_back"),
		loop: func(n int) {
			for i := 0; i < n; i++ {
				C.call_back()
			}
		},
	})
}
