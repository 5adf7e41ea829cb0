// SPDX-License-Identifier: GPL-2.0

// Package tsc reads the processor's time stamp counter, and knows what a loop
// costs that does nothing else.
package tsc

// Start returns the counter's value when all before it is done, and nothing
// after it has begun.
func Start() uint64

// End returns the counter's value when all before it is done.
func End() uint64

// Loop runs n turns of the loop that a compiler makes of a for statement, with
// nothing in it.
func Loop(n int)
