// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdlib.h>
//
// __attribute__((noinline)) static int first_int(const int *p)
// {
// 	return p[0];
// }
import "C"

import "unsafe"

func init() {
	register(&scenario{
		Name:    "malloc",
		Summary: "C.malloc, a call with what it returned, C.free",
		Call:    "three cgo calls: malloc, the function, free",
		Begin:   []string{"main.callWithMalloc"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callWithMalloc()
			}
		},
	})
}

//go:noinline
func callWithMalloc() C.int {
	p := (*C.int)(C.malloc(16))
	*p = 1
	first := C.first_int(p)
	C.free(unsafe.Pointer(p))
	return first
}
