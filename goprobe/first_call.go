// SPDX-License-Identifier: GPL-2.0

package main

// #include <gnu/libc-version.h>
//
// int first_call_find(void);
// int first_call_is_lazy(void);
// void first_call_unbind(void);
import "C"

import "errors"

func init() {
	register(&scenario{
		Name: "first-call",
		Summary: "the first call of a library function, whose address the" +
			" dynamic linker only now looks up (cold PLT)",
		Call: "the call with the look-up; the binding is undone before" +
			" each, but caches and pages stay warm",
		Begin: cgoWrapper("gnu_get_libc_version"),
		setup: func() error {
			if C.first_call_find() != 0 {
				return errors.New("the program has no PLT slot for it")
			}
			bound()
			if C.first_call_is_lazy() == 0 {
				return errors.New("bound at start; unset" +
					" LD_BIND_NOW, link without -z now")
			}
			return nil
		},
		before: func() { C.first_call_unbind() },
		call:   bound,
	})
}

func bound() { C.gnu_get_libc_version() }
