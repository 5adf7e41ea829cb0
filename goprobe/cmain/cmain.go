// SPDX-License-Identifier: GPL-2.0

// Package main is a library for main.c: a program whose main thread is C's calls it.
package main

// typedef const char *text;
import "C"

import "runtime"

//export goCallback
func goCallback() {}

//export goVersion
func goVersion() C.text { return C.CString(runtime.Version()) }

func main() {}
