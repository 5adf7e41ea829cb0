// SPDX-License-Identifier: GPL-2.0

package main

import "C"

// ForeignRun is for a program in C, which has this as a library.
//
//export ForeignRun
func ForeignRun(kind *C.char, seconds float64) int64 {
	return run(C.GoString(kind), seconds)
}
