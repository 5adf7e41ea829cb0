// SPDX-License-Identifier: GPL-2.0

package main

// A working set of Go's own: 512 lines on 8 pages, touched in full before each
// call, so that what a call takes from it is to be seen.
const worksetLines = 32 << 10 / 64

type worksetLine struct {
	next  *worksetLine
	value uint64
	_     [48]byte
}

// workset is 32 KiB, which Go's heap puts at the beginning of a page.
var workset []worksetLine

// worksetSum keeps the compiler from leaving the walks out.
var worksetSum uint64

// makeWorkset links the lines to one ring, so that the next comes stride lines
// further; stride is odd, which makes it a ring of all.
func makeWorkset(stride int) func() error {
	return func() error {
		workset = make([]worksetLine, worksetLines)
		for i := range workset {
			workset[i].next = &workset[(i+stride)%worksetLines]
		}
		return nil
	}
}

// walkWorkset reads a word of each line, in the order of addresses.
//
//go:noinline
func walkWorkset() {
	sum := uint64(0)
	for i := range workset {
		sum += workset[i].value
	}
	worksetSum += sum
}

// chaseWorkset goes from line to line once around: each load waits for the one
// before, so that a line that was lost costs its whole latency.
//
//go:noinline
func chaseWorkset() {
	line := &workset[0]
	for i := 0; i < worksetLines; i++ {
		line = line.next
	}
	worksetSum += line.value
}

func afterWalk(walk func()) func(n int) {
	return func(n int) {
		for i := 0; i < n; i++ {
			walk()
			callNop()
		}
	}
}

func init() {
	register(&scenario{
		Name: "workset32k",
		Summary: "a nop call after Go has read 32 KiB; the time is that of" +
			" both",
		Call:    "the call alone",
		Begin:   cgoWrapper("nop"),
		setup:   makeWorkset(1),
		Cold:    "recorded",
		loop:    afterWalk(walkWorkset),
		before:  walkWorkset,
		call:    callNop,
		stamped: stampedNop,
	})
	register(&scenario{
		Name: "workset-chase",
		Summary: "a nop call after Go has followed pointers through 32 KiB;" +
			" the time is that of both",
		Call:  "the call alone",
		Begin: cgoWrapper("nop"),
		// Neither a neighbour nor the same page nor a constant few
		// sets: prefetchers find no stride within a page.
		setup:   makeWorkset(197),
		Cold:    "recorded",
		loop:    afterWalk(chaseWorkset),
		before:  chaseWorkset,
		call:    callNop,
		stamped: stampedNop,
	})
}
