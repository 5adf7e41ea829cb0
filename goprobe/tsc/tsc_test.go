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

// inTurns is how many turns of a loop take as long as a chain: the middle of some tries, as
// one of a hundred is far off.
func inTurns() float64 {
	const tries, turns = 31, 1000
	var all []float64
	for i := 0; i < tries; i++ {
		chain := ticks(Chain) - ticks(func() {})
		loop := ticks(func() { Loop(2 * turns) }) - ticks(func() { Loop(turns) })
		all = append(all, chain/loop*turns)
	}
	sort.Float64s(all)
	return all[tries/2]
}

// A chain takes as many cycles as it has additions, none of them resolved at rename. A
// turn of the loop takes a cycle at least, so a hundred more turns take as long as the
// chain, or longer where its call's own cycles are fewer: a third is allowed. A neighbour on
// the core slows the loop and not the chain, for seconds at a time: a round without is waited
// for. Resolved additions take a fifth in each.
func TestChainTakesItsCycles(t *testing.T) {
	const rounds, least = 100, 0.67 * ChainCycles
	best := 0.0
	for i := 0; i < rounds && best < least; i++ {
		if turns := inTurns(); turns > best {
			best = turns
		}
	}
	if longer := (ticks(LongChain) - ticks(Chain)) / (ticks(Chain) - ticks(func() {})); longer < 1.5 {
		t.Errorf("%d additions more take %.2f times as long as %d",
			LongChainCycles-ChainCycles, longer, ChainCycles)
	}
	if best < least {
		t.Errorf("%d additions took as long as %.0f turns of a loop", ChainCycles, best)
	}
}
