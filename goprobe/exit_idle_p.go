// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name: "exit-idle-p",
		Summary: "C blocks until its P was taken away; on return an idle" +
			" one is there",
		Call:         "the call with its wait; timed without the wait",
		Begin:        cgoWrapper("probe_hold"),
		Procs:        1, // where no P is idle, one in a call is taken at once
		NeedsThreads: true,
		call:         hold,
		held:         heldTime,
	})
}
