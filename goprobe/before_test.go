// SPDX-License-Identifier: GPL-2.0

package main

import (
	"testing"
	"time"
)

// What is done before a call must make it dearer than the same call right after
// another. The least of several means is not moved by what else is running.
func TestBeforeMakesDearer(t *testing.T) {
	const rounds = 7
	for name, calls := range map[string]int{
		"after30ms":   3,
		"sweep-cache": 5,
		"sweep-tlb":   100,
	} {
		prepared := *scenarios[name]
		if prepared.setup != nil {
			if err := prepared.setup(); err != nil {
				t.Fatal(err)
			}
		}
		bare := prepared
		bare.before = nil
		least, leastBare := time.Hour, time.Hour
		for i := 0; i < rounds; i++ {
			// Many bare calls, that the first ones don't count.
			took := bare.run(10_000) / 10_000
			leastBare = lesser(leastBare, took)
			took = prepared.run(calls) / time.Duration(calls)
			least = lesser(least, took)
		}
		if least < leastBare*3/2 {
			t.Errorf("%s: %v, and %v without", name, least, leastBare)
		}
	}
}

func lesser(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}
