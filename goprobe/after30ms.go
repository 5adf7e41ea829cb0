// SPDX-License-Identifier: GPL-2.0

package main

import "time"

func init() {
	register(&scenario{
		Name: "after30ms",
		Summary: "a nop call after 30 ms of sleep: all is cold, and at" +
			" times Go's monitor has to be woken",
		Call:    "the call alone",
		Begin:   cgoWrapper("nop"),
		before:  func() { time.Sleep(30 * time.Millisecond) },
		call:    callNop,
		stamped: stampedNop,
	})
}
