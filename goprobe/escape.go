// SPDX-License-Identifier: GPL-2.0

package main

// struct escaping_point {
// 	int x, y;
// };
//
// __attribute__((noinline)) static int escaping_length(struct escaping_point *p)
// {
// 	return p->x + p->y;
// }
import "C"

func init() {
	register(&scenario{
		Name: "escape",
		Summary: "a pointer to a local variable, which cgo makes escape to the" +
			" heap: as noescape, without it",
		Besides: "a new span now and then, and its pages' faults",
		Begin:   []string{"main.callEscaping"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callEscaping()
			}
		},
	})
}

//go:noinline
func callEscaping() C.int {
	p := C.struct_escaping_point{x: 1, y: 2}
	return C.escaping_length(&p)
}
