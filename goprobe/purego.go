// SPDX-License-Identifier: GPL-2.0

//go:build purego

package main

// __attribute__((noinline)) static void nop_by_pointer(void)
// {
// 	__asm__ volatile("");
// }
//
// static void *nop_address(void)
// {
// 	return nop_by_pointer;
// }
import "C"

import "github.com/ebitengine/purego"

// Others' way to call C, from a module that only scripts/claims-programs fetches
// (purego.mod): the function is that of nop, so nop is what it compares with.
func init() {
	address := uintptr(C.nop_address())
	var function func()
	purego.RegisterFunc(&function, address)
	register(&scenario{
		Name:    "purego-syscalln",
		Summary: "a call of an empty C function by purego.SyscallN",
		Begin:   []string{"runtime.cgocall"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				purego.SyscallN(address)
			}
		},
	})
	register(&scenario{
		Name:    "purego-func",
		Summary: "a call of an empty C function that purego made a func() of",
		Begin:   []string{"runtime.cgocall"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				function()
			}
		},
	})
}
