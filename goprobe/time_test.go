// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

// allocated keeps the compiler from leaving an allocation out.
var allocated *[64]byte

func timingOf(t *testing.T, s *scenario) timing {
	t.Helper()
	var out bytes.Buffer
	var read timing
	if err := writeTiming(&out, s, 20*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// A call that says itself how long it took is found to take that, in a loop and
// alone, and as often as it allocates it is found to.
func TestTimePlanted(t *testing.T) {
	const ns, allocations = 5000, 3
	took := timingOf(t, &scenario{
		Name: "planted",
		timed: func(n int) time.Duration {
			for i := 0; i < n*allocations; i++ {
				allocated = new([64]byte)
			}
			return time.Duration(n) * ns
		},
	})
	if took.Ns != ns {
		t.Errorf("%g ns a call, %d were planted", took.Ns, ns)
	}
	// The clock's price is taken off each single call.
	if took.Single.P50 > ns || took.Single.P50 < ns-1000 {
		t.Errorf("%g ns a single call", took.Single.P50)
	}
	if took.Allocations < allocations || took.Allocations > allocations+0.5 {
		t.Errorf("%g allocations a call", took.Allocations)
	}
	if !took.Valid || took.Single.Calls < leastSingles {
		t.Errorf("%+v", took)
	}
}

func TestQuantiles(t *testing.T) {
	values := make([]float64, 0, 100)
	for i := 100; i > 0; i-- {
		values = append(values, float64(i))
	}
	for q, want := range map[float64]float64{
		0: 1, 0.5: 50, 0.9: 90, 0.99: 99, 1: 100,
	} {
		if got := quantile(values, q); got != want {
			t.Errorf("quantile %g of 1 to 100 is %g", q, got)
		}
	}
	if quantile(nil, 0.5) != 0 {
		t.Error("a quantile of nothing")
	}
}
