// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name: "allocate",
		Summary: "no call out of Go: the allocation that a pointer argument" +
			" costs where it escapes",
		Call:    "an allocation of 8 bytes without pointers",
		Besides: "a new span now and then, and its pages' faults",
		Begin:   []string{"main.allocateSmall"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				allocateSmall()
			}
		},
	})
}

var smallest *[2]int32

//go:noinline
func allocateSmall() {
	smallest = &[2]int32{1, 2}
}
