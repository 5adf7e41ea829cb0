// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
import "C"

// touch makes n calls of a C function that stores to each line of so many
// bytes, always the same ones.
func touch(bytes int) func(n int) {
	return func(n int) {
		for i := 0; i < n; i++ {
			C.probe_touch(C.size_t(bytes))
		}
	}
}
