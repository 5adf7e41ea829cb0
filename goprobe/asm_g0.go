// SPDX-License-Identifier: GPL-2.0

package main

// // Adds one to what it is given.
// __attribute__((noinline)) static void count(long *counter)
// {
// 	++*counter;
// }
//
// static void *count_address(void)
// {
// 	return count;
// }
import "C"

import (
	"errors"
	"unsafe"

	"switchcost/goprobe/g0call"
)

var (
	countFunction unsafe.Pointer
	counter       C.long
)

func init() {
	register(&scenario{
		Name: "asm-g0",
		Summary: "instead of cgo: own assembly that switches to g0's stack and" +
			" calls C, without the scheduler's knowledge: no preemption, no" +
			" stopping of the world, no callback meanwhile",
		Begin: []string{"main.callOnG0"},
		setup: func() error { return setUpG0(callOnG0) },
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callOnG0()
			}
		},
	})
	register(&scenario{
		Name: "asm-g0-moved",
		Summary: "asm-g0 with 12 bytes of no-ops before the call: what it costs" +
			" where code lies",
		Begin: []string{"main.callOnG0Moved"},
		setup: func() error { return setUpG0(callOnG0Moved) },
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callOnG0Moved()
			}
		},
	})
}

func setUpG0(call func()) error {
	if !g0call.Works() {
		return errors.New("unknown layout of this Go version's runtime; use Go 1.19" +
			" to 1.27")
	}
	countFunction = C.count_address()
	counter = 0
	call()
	if counter != 1 {
		return errors.New("the C function wasn't called")
	}
	return nil
}

//go:noinline
func callOnG0() {
	g0call.Call(countFunction, unsafe.Pointer(&counter))
}

//go:noinline
func callOnG0Moved() {
	g0call.CallMoved(countFunction, unsafe.Pointer(&counter))
}
