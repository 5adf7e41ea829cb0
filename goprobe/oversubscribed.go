// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
import "C"

import "time"

func init() {
	const (
		procs   = 2
		workers = 3 * procs
	)
	register(&scenario{
		Name: "oversubscribed",
		Summary: "more runnable goroutines than Ps, C blocks for longer than" +
			" it takes to lose its P",
		Call: "the call with its wait, and mostly a wait for a P; timed" +
			" without the first",
		Begin:        cgoWrapper("probe_hold"),
		Procs:        procs,
		NeedsThreads: true,
		setup: func() error {
			for i := 0; i < workers; i++ {
				go compute()
			}
			return nil
		},
		call: hold,
		held: heldTime,
	})
}

// compute keeps a P busy most of the time. Its own calls, whose Ps are taken
// away too, keep Go's monitor looking often. While a call is recorded there are
// none: with the monitor frozen, the recorded call would find its old P in
// another's call and take it back.
func compute() {
	const slice, call = 4 * time.Millisecond, time.Millisecond
	for {
		for start := time.Now(); time.Since(start) < slice; {
		}
		if benching {
			C.probe_hold(C.int64_t(call), nil)
		}
	}
}
