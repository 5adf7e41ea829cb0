// SPDX-License-Identifier: GPL-2.0

// Package tsc reads the processor's time stamp counter, and knows what a loop
// costs that does nothing else.
package tsc

// Start returns the counter's value when all before it is done, and nothing
// after it has begun.
func Start() uint64

// StartAndTurn is Start with so many turns of a loop, one at least, behind the reading.
// A counter that advances in steps lets a reading wait for the next one, and rounds what
// is timed, the same way each time, unless its length varies.
func StartAndTurn(turns int) uint64

// End returns the counter's value when all before it is done.
func End() uint64

// ChainCycles is what Chain takes, in core cycles, and LongChainCycles what LongChain takes.
const (
	ChainCycles     = 100
	LongChainCycles = 300
)

// Chain is a call whose time is known: so many additions, each of which waits for the
// one before.
func Chain()

// TimeChain returns the ticks of Chain between time stamps, after so many turns of a loop, as
// a call's are taken: what they are more than the chain's is what the stamps take. Its own
// lines of code may come from memory, which the stamps don't take: so it's made twice.
func TimeChain(turns int) uint64 {
	stampChain(turns)
	return stampChain(turns)
}

//go:noinline
func stampChain(turns int) uint64 {
	start := StartAndTurn(turns)
	Chain()
	return End() - start
}

// LongChain is the same with more additions. Two chains would overlap.
func LongChain()

// Loop runs n turns of the loop that a compiler makes of a for statement, with
// nothing in it.
func Loop(n int)
