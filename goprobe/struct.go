// SPDX-License-Identifier: GPL-2.0

package main

// struct vector {
// 	double x, y, z, t;
// };
//
// __attribute__((noinline)) static struct vector twice(struct vector v)
// {
// 	return (struct vector){2 * v.x, 2 * v.y, 2 * v.z, 2 * v.t};
// }
import "C"

func init() {
	register(&scenario{
		Name:    "struct",
		Summary: "a struct of 32 bytes, by value, in and out",
		Begin:   []string{"main.twice"},
		loop: func(n int) {
			v := C.struct_vector{x: 1, y: 2, z: 3, t: 4}
			for i := 0; i < n; i++ {
				twice(&v)
			}
		},
	})
}

// twice copies the struct to the stack, for C to find it there, and back: in
// pieces of 8 bytes, and C may load it in larger ones, which have to wait.
//
//go:noinline
func twice(v *C.struct_vector) {
	*v = C.twice(*v)
}
