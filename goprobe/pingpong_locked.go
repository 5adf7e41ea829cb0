// SPDX-License-Identifier: GPL-2.0

package main

import "runtime"

func init() {
	register(&scenario{
		Name: "pingpong-locked",
		Summary: "the same between LockOSThread and UnlockOSThread: each" +
			" turn changes to another thread and back",
		Call: "the locking, the round trip and the call, as seen by the" +
			" locked thread",
		Begin:        []string{"main.pingpongLockedTurn"},
		Procs:        1,
		Unlocked:     true, // between the turns
		NeedsThreads: true,
		setup:        startPeer,
		loop: func(n int) {
			for i := 0; i < n; i++ {
				pingpongLockedTurn()
			}
		},
	})
}

//go:noinline
func pingpongLockedTurn() {
	runtime.LockOSThread()
	pingpongTurn()
	runtime.UnlockOSThread()
}
