// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name:     "channel",
		Summary:  "no call out of Go: a channel round trip to another goroutine",
		Call:     "the round trip, on one thread",
		Begin:    []string{"main.channelTurn"},
		Procs:    1,
		Unlocked: true,
		setup:    startPeer,
		loop: func(n int) {
			for i := 0; i < n; i++ {
				channelTurn()
			}
		},
	})
}

//go:noinline
func channelTurn() {
	ping <- 1
	<-pong
}
