// SPDX-License-Identifier: GPL-2.0

package main

import "testing"

// Of so many pairs of a prepared and a bare timing, the prepared one must take
// longer in so many: then the work before makes a call dearer, however much or
// little that is on this machine. Chance alone does that once in 16000 times.
const (
	pairs      = 31
	pairsWhere = 26
)

// typical is the mean of the middle half of n calls, in ticks: one interrupt takes as long
// as hundreds of calls, and would decide a mean of them all.
func typical(t *stamper, n int) float64 {
	ticks := make([]float64, n)
	for i := range ticks {
		ticks[i] = t.alone()
	}
	return mean(middle(ticks))
}

// dearer counts the pairs in which calls took longer with what comes before them
// than right after another. They take turns at being first, so that a machine that
// becomes faster or slower favours neither.
func dearer(s *scenario, calls int) int {
	alone := *s
	alone.before = nil
	prepared, bare := newStamper(s), newStamper(&alone)
	count := 0
	for i := 0; i < pairs; i++ {
		var with, without float64
		if i%2 == 0 {
			with = typical(prepared, calls)
		}
		// The first ones are cold, too, and don't count.
		typical(bare, 20*mostTurns)
		without = typical(bare, 4*mostTurns)
		if i%2 != 0 {
			with = typical(prepared, calls)
		}
		if with > without {
			count++
		}
	}
	return count
}

// Whatever is done before a call must make it dearer than the same call right
// after another, unless it does nothing.
func TestBeforeMakesDearer(t *testing.T) {
	tested := map[string]int{
		"after30ms": 1,
		"sweep-l1":  200,
		"sweep-l2":  50,
		"sweep-tlb": 100,
	}
	for name, s := range scenarios {
		if s.Cold != "" && s.loop == nil && tested[name] == 0 {
			tested[name] = 5
		}
	}
	for name, calls := range tested {
		s := *scenarios[name]
		if s.setup != nil {
			if err := s.setup(); err != nil {
				t.Fatal(err)
			}
		}
		if n := dearer(&s, calls); n < pairsWhere {
			t.Errorf("%s: dearer in %d of %d pairs", name, n, pairs)
		}
	}
	nothing := *scenarios["sweep-tlb"]
	nothing.before = func() {}
	if n := dearer(&nothing, 1000); n >= pairsWhere {
		t.Errorf("nothing: dearer in %d of %d pairs", n, pairs)
	}
}
