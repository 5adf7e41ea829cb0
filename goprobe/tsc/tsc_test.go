// SPDX-License-Identifier: GPL-2.0

package tsc

import (
	"sort"
	"testing"
)

const samples = 301

// ticks is the middle of some timings of what a function does.
func ticks(do func()) float64 {
	var all []uint64
	for i := 0; i < samples; i++ {
		start := Start()
		do()
		all = append(all, End()-start)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return float64(all[samples/2])
}

// A chain takes as many cycles as it has additions, none of them resolved at rename, where
// four or more would take one. A turn of the loop takes a cycle, or up to two by its place
// and with a busy neighbour. Of some tries, one isn't disturbed.
func TestChainTakesItsCycles(t *testing.T) {
	const tries, turns = 9, 1000
	best := 0.0
	for i := 0; i < tries; i++ {
		chain := ticks(Chain) - ticks(func() {})
		loop := (ticks(func() { Loop(2 * turns) }) - ticks(func() { Loop(turns) })) /
			turns * ChainCycles
		if ratio := chain / loop; ratio > best {
			best = ratio
		}
	}
	if longer := (ticks(LongChain) - ticks(Chain)) / (ticks(Chain) - ticks(func() {})); longer < 1.5 {
		t.Errorf("%d additions more take %.2f times as long as %d",
			LongChainCycles-ChainCycles, longer, ChainCycles)
	}
	if best < 0.4 {
		t.Errorf("%d additions took as long as %.0f turns of a loop", ChainCycles,
			best*ChainCycles)
	}
}
