// SPDX-License-Identifier: GPL-2.0

package main

import (
	"testing"
	"time"
)

// Of so many pairs of a prepared and a bare timing, the prepared one must take
// longer in so many: then the work before makes a call dearer, however much or
// little that is on this machine. Chance alone does that once in 16000 times.
const (
	pairs      = 31
	pairsWhere = 26
)

// dearer counts the pairs in which calls took longer with what comes before them
// than right after another. They take turns at being first, so that a machine that
// becomes faster or slower favours neither.
func dearer(s *scenario, calls int) int {
	bare := *s
	bare.before = nil
	mean := func(of *scenario, n int) time.Duration {
		return of.run(n) / time.Duration(n)
	}
	count := 0
	for i := 0; i < pairs; i++ {
		var with, without time.Duration
		if i%2 == 0 {
			with = mean(s, calls)
		}
		// The first ones are cold, too, and don't count.
		bare.run(1000)
		without = mean(&bare, 1000)
		if i%2 != 0 {
			with = mean(s, calls)
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
