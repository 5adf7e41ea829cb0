// SPDX-License-Identifier: GPL-2.0

package main

// #cgo pkg-config: libffi
// #include <ffi.h>
//
// static ffi_cif cif;
// static ffi_type *types[] = {&ffi_type_sint, &ffi_type_sint};
//
// __attribute__((noinline)) static int ffi_add(int a, int b)
// {
// 	return a + b;
// }
//
// static int ffi_prepare(void)
// {
// 	return ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, types);
// }
//
// __attribute__((noinline)) static int call_by_ffi(int a, int b)
// {
// 	void *values[] = {&a, &b};
// 	ffi_arg sum;
//
// 	ffi_call(&cif, FFI_FN(ffi_add), &sum, values);
// 	return (int)sum;
// }
import "C"

import "fmt"

func init() {
	register(&scenario{
		Name: "libffi",
		Summary: "add by libffi's ffi_call, for functions known at run time" +
			" only; libffi itself is reached by cgo",
		Begin: cgoWrapper("call_by_ffi"),
		setup: func() error {
			if status := C.ffi_prepare(); status != C.FFI_OK {
				return fmt.Errorf("ffi_prep_cif: status %d", status)
			}
			if sum := C.call_by_ffi(2, 3); sum != 5 {
				return fmt.Errorf("ffi_call: 2 and 3 make %d", sum)
			}
			return nil
		},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				C.call_by_ffi(2, 3)
			}
		},
	})
}
