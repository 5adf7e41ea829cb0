// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name: "exit-no-p",
		Summary: "C blocks until its P was taken away and a goroutine keeps" +
			" it busy: on return there is none",
		Call: "the call with its wait, and the wait for a P, which ends" +
			" when the other goroutine is preempted; timed without the first",
		Begin:        cgoWrapper("probe_gate_wait"),
		Procs:        1,
		NeedsThreads: true,
		setup: func() error {
			go openGates() // can run on the caller's P only
			return nil
		},
		call: waitAtGate,
		held: heldTime,
	})
}
