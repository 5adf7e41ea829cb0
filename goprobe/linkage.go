// SPDX-License-Identifier: GPL-2.0

package main

// void linkage_direct(long n);
// void linkage_bound(long n);
// void linkage_pointer(long n);
// int linkage_find(void);
import "C"

import "errors"

// How C finds a function: three scenarios, each one call out of Go for all calls
// from C to C.
func init() {
	for _, s := range []struct {
		name, summary, begin string
		loop                 func(C.long)
	}{
		{"call-direct", "of the program itself, by its address",
			"own_version", func(n C.long) { C.linkage_direct(n) }},
		{"call-bound", "of a library, through the bound PLT or GOT",
			"gnu_get_libc_version", func(n C.long) { C.linkage_bound(n) }},
		{"call-pointer", "of a library, through what dlsym returned",
			"gnu_get_libc_version", func(n C.long) { C.linkage_pointer(n) }},
	} {
		loop := s.loop
		register(&scenario{
			Name: s.name,
			Summary: "a call from C to C of a function " + s.summary +
				": one call out of Go for all of them",
			Call:  "one of them, from C to C",
			Begin: []string{s.begin},
			setup: func() error {
				if C.linkage_find() != 0 {
					return errors.New("dlsym: no gnu_get_libc_version")
				}
				return nil
			},
			loop: func(n int) { loop(C.long(n)) },
		})
	}
}
