// SPDX-License-Identifier: GPL-2.0

package main

// // The pointer in it is what cgocheck has to look for.
// struct message {
// 	const char *text;
// 	int length;
// };
//
// __attribute__((noinline)) static int message_length(struct message *m)
// {
// 	return m->length;
// }
import "C"

func init() {
	register(&scenario{
		Name:    "pointer",
		Summary: "a pointer to Go memory that may hold pointers, so cgocheck looks",
		Call:    "the check, then the call",
		Begin:   []string{"main.callWithPointer"},
		loop: func(n int) {
			m := new(C.struct_message)
			for i := 0; i < n; i++ {
				callWithPointer(m)
			}
		},
	})
}

// The check comes before the function that cgo generates for the call.
//
//go:noinline
func callWithPointer(m *C.struct_message) C.int {
	return C.message_length(m)
}
