// SPDX-License-Identifier: GPL-2.0

//go:build go1.24

package main

// #cgo noescape point_length
// #cgo nocallback point_length
//
// struct point {
// 	int x, y;
// };
//
// __attribute__((noinline)) static int point_length(struct point *p)
// {
// 	return p->x + p->y;
// }
import "C"

func init() {
	register(&scenario{
		Name: "noescape",
		Summary: "a pointer to a local variable, which noescape and" +
			" nocallback together let stay on the stack (Go 1.24)",
		Begin: []string{"main.callNoescape"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callNoescape()
			}
		},
	})
}

//go:noinline
func callNoescape() C.int {
	p := C.struct_point{x: 1, y: 2}
	return C.point_length(&p)
}
