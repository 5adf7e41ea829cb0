// SPDX-License-Identifier: GPL-2.0

package main

// void call_back(void);
//
// static void between(void)
// {
// 	__asm__ volatile("");
// }
import "C"

//export goCallback
func goCallback() {}

func init() {
	register(&scenario{
		Name:    "callback",
		Summary: "C calls an exported Go function",
		Begin:   cgoWrapper("call_back"),
		loop: func(n int) {
			if benching {
				callBack(n)
			} else {
				callBackUnevenly(n)
			}
		},
	})
}

func callBack(n int) {
	for i := 0; i < n; i++ {
		C.call_back()
	}
}

// callBackUnevenly makes a plain call, too, after each that calls back. Every
// eighth time that a goroutine leaves the running state, the runtime does more
// (g.tracking), counting from a random number. A call that calls back leaves it
// twice, so which of two rare variants is ever seen would be a matter of the
// process; three times, and all are seen in eight calls.
func callBackUnevenly(n int) {
	for i := 0; i < n; i++ {
		C.call_back()
		C.between()
	}
}
