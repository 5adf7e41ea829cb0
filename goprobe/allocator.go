// SPDX-License-Identifier: GPL-2.0

package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

func init() {
	register(&scenario{
		Name: "allocator",
		Summary: "nop calls in turn with a goroutine that allocates so much" +
			" that the garbage collector runs again and again",
		Call:     "the call alone",
		Begin:    cgoWrapper("nop"),
		Procs:    1, // all of it is then on one thread, which is not frozen
		Unlocked: true,
		setup: func() error {
			debug.SetGCPercent(25)
			go allocate()
			return nil
		},
		before: runtime.Gosched,
		call:   callNop,
		extra:  collections,
	})
}

type node struct {
	next    *node
	payload [1000]byte
}

// allocate keeps some MiB alive, and replaces a part of it at each turn.
func allocate() {
	var nodes [4096]*node
	for i := 0; ; i++ {
		slot := i % len(nodes)
		nodes[slot] = &node{next: nodes[(slot+1)%len(nodes)]}
		nodes[slot].next.cut()
		if i%256 == 0 {
			runtime.Gosched()
		}
	}
}

// cut keeps what is replaced from staying alive.
func (n *node) cut() {
	if n != nil {
		n.next = nil
	}
}

var collectionsBefore uint32

// collections returns how many the allocations caused, without those that the
// measurement itself asked for.
func collections(n int, _ time.Duration) (float64, string) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	all := stats.NumGC - stats.NumForcedGC
	since := all - collectionsBefore
	collectionsBefore = all
	return float64(since) / float64(n), "gcs/op"
}
