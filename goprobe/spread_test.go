// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"switchcost/goprobe/tsc"
)

func spreadOf(t *testing.T, s *scenario) spread {
	t.Helper()
	var out bytes.Buffer
	var read spread
	if err := writeSpread(&out, s, 40*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// looping is a scenario whose calls take so many turns of a loop, each of which waits for
// the one before.
func looping(turns int) *scenario {
	return &scenario{
		Name: "planted",
		loop: func(n int) {
			for i := 0; i < n; i++ {
				tsc.Loop(turns)
			}
		},
	}
}

// More turns take alone as long as they take in a loop; and the time stamps' own time,
// which is 60 cycles or more, is taken off, though the end of a loop may be mispredicted. Of
// some pairs one is measured that nobody disturbed.
func TestSpreadPlanted(t *testing.T) {
	const pairs, short, long, misprediction = 15, 300, 600, 50
	off, over := math.Inf(1), math.Inf(1)
	for i := 0; i < pairs; i++ {
		one, two := spreadOf(t, looping(short)), spreadOf(t, looping(long))
		off = math.Min(off, math.Abs((two.MedianNs-one.MedianNs)/
			(*two.LoopNs-*one.LoopNs)-1))
		over = math.Min(over, math.Abs(one.MedianNs-*one.LoopNs)*one.CyclesPerNs)
	}
	if off > 0.1 || over > misprediction {
		t.Errorf("%d turns more are off by %g, a call alone by %g cycles", long-short, off,
			over)
	}
}

func TestSpreadIsWhole(t *testing.T) {
	s := spreadOf(t, looping(100))
	sum := 0
	for i, b := range s.Bins {
		sum += b.Calls
		if b.Calls < 1 || i > 0 && b.Index <= s.Bins[i-1].Index {
			t.Errorf("bin %d: %+v", i, b)
		}
	}
	if sum != s.Calls || s.Calls < leastSingles {
		t.Errorf("%d calls in bins, of %d", sum, s.Calls)
	}
	if s.By != "time stamps" || s.LoopNs == nil || s.PerOctave != binsPerOctave {
		t.Errorf("%+v", s)
	}
	if s.LeastNs > s.MedianNs || s.MedianNs > s.P99Ns || s.P99Ns > s.MostNs {
		t.Errorf("%+v", s)
	}
}

// A scenario that times itself, and one of which each call is held for most of its time.
func TestSpreadOtherWays(t *testing.T) {
	const ns = 5000
	clock := spreadOf(t, &scenario{Name: "clock",
		timed: func(n int) time.Duration { return time.Duration(n) * ns }})
	if clock.By != "clock" || clock.MedianNs > ns || clock.MedianNs < ns-1000 {
		t.Errorf("%+v", clock)
	}
	held := spreadOf(t, &scenario{Name: "held",
		call: func() { time.Sleep(time.Millisecond) },
		held: func() time.Duration { return time.Hour }})
	if held.MostNs > 0 || held.LoopNs != nil {
		t.Errorf("an hour was held, and %g ns are left", held.MostNs)
	}
}

func TestBins(t *testing.T) {
	for ns, want := range map[float64]int{
		1: 0, 2: binsPerOctave, 8: 3 * binsPerOctave, 0: binOf(shortest),
		-5: binOf(shortest)} {
		if got := binOf(ns); got != want {
			t.Errorf("%g ns are in bin %d, not %d", ns, got, want)
		}
	}
	bins := binned([]float64{8, 1, 8})
	if len(bins) != 2 || bins[0] != (bin{0, 1, 1}) || bins[1].Calls != 2 {
		t.Errorf("%+v", bins)
	}
}

// One value far off moves none, and a step stays one.
func TestAround(t *testing.T) {
	values := []float64{1, 1, 900, 1, 1, 1, 5, 5, 5, 5, 5}
	want := []float64{1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5}
	for i, got := range around(values, 2) {
		if got != want[i] {
			t.Errorf("around %d: %g, not %g", i, got, want[i])
		}
	}
}

func TestLine(t *testing.T) {
	at0, slope := line([]float64{1, 2, 3, 4}, []float64{5, 7, 9, 11})
	if math.Abs(at0-3) > 1e-9 || math.Abs(slope-2) > 1e-9 {
		t.Errorf("%g + %g x", at0, slope)
	}
}
