// SPDX-License-Identifier: GPL-2.0

// Package g0call calls C functions from Go without cgo's ceremony: it switches
// to the thread's own stack, as the runtime does, and calls.
//
// It is no substitute for cgo, since it leaves things out:
//   - The scheduler doesn't know. The P stays taken however long C takes, the
//     garbage collector can't stop the world meanwhile, and the monitor can't
//     give the P away.
//   - C must not call back into Go.
//   - The goroutine's place isn't saved, so that no traceback and no profile
//     can be made of it during the call.
//   - Arguments aren't checked, errno isn't returned.
package g0call

import "unsafe"

// Call calls the C function fn(arg). fn must return soon.
//
//go:noescape
func Call(fn, arg unsafe.Pointer)

// CallMoved is Call with 12 bytes of no-ops before the call of fn, which move the rest.
//
//go:noescape
func CallMoved(fn, arg unsafe.Pointer)

// look reads what Call relies on: the current goroutine's stack, the same of
// the g0 of its thread, and where g0's stack is free.
//
//go:noescape
func look(l *layout)

// layout is known to call_amd64.s.
type layout struct {
	lo, hi     uintptr
	g0lo, g0hi uintptr
	g0sp       uintptr
}

// Works reports whether the runtime's structures are laid out as Call expects:
// Go doesn't promise where their fields are.
func Works() bool {
	var l layout
	look(&l)
	here := uintptr(unsafe.Pointer(&l))
	return l.lo < here && here < l.hi && l.g0lo < l.g0sp &&
		l.g0sp <= l.g0hi && !(l.lo < l.g0sp && l.g0sp <= l.hi)
}
