// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdlib.h>
//
// __attribute__((noinline)) static int first_char(const char *text)
// {
// 	return text[0];
// }
import "C"

import "unsafe"

func init() {
	register(&scenario{
		Name:    "string",
		Summary: "a string in: C.CString, the call, free",
		Call:    "three cgo calls: malloc, the function, free",
		Begin:   []string{"main.callWithString"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callWithString("sixteen letters.")
			}
		},
	})
}

//go:noinline
func callWithString(text string) C.int {
	s := C.CString(text)
	first := C.first_char(s)
	C.free(unsafe.Pointer(s))
	return first
}
