// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name: "pingpong",
		Summary: "a channel round trip to another goroutine, with a nop call" +
			" in it",
		Call:     "the round trip and the call, on one thread",
		Begin:    []string{"main.pingpongTurn"},
		Procs:    1,
		Unlocked: true,
		setup:    startPeer,
		loop: func(n int) {
			for i := 0; i < n; i++ {
				pingpongTurn()
			}
		},
	})
}

var ping, pong = make(chan int), make(chan int)

func startPeer() error {
	go func() {
		for ball := range ping {
			pong <- ball
		}
	}()
	return nil
}

//go:noinline
func pingpongTurn() {
	ping <- 1
	callNop()
	<-pong
}
