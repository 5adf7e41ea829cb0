// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"io"
	"runtime"
	"sort"
	"syscall"
	"time"
)

const (
	// A block of calls is short against what another program takes when it takes
	// this CPU, so that few blocks are hit, and those are dropped.
	blockTime  = 200 * time.Microsecond
	mostBlocks = 1000

	// getrusage() of the calling thread alone.
	rusageThread = 1

	// Calls that are timed one by one: the 99th of a hundred needs a thousand.
	leastSingles = 32
	mostSingles  = 100_000
)

// timing is what one process says of a scenario's calls.
type timing struct {
	Scenario string `json:"scenario"`
	Go       string `json:"go"`
	Procs    int    `json:"procs"`
	Valid    bool   `json:"valid"`
	Calls    int    `json:"calls"`

	// Ns is a call's time in a loop, the mean over blocks that weren't
	// interrupted; where something comes before each call, they are timed one by
	// one.
	Ns      float64 `json:"ns"`
	Blocks  int     `json:"blocks"`
	Dropped int     `json:"dropped_blocks"`

	// Extra is the scenario's further figure, such as the time an item takes.
	Extra float64 `json:"extra"`
	Unit  string  `json:"unit,omitempty"`

	// Allocations is what Go's heap gave for a call. C's malloc isn't counted.
	Allocations float64 `json:"allocations"`
	Bytes       float64 `json:"bytes"`

	Single singles `json:"single"`
}

// singles are calls that were timed one by one, less the price of the clock, in ns.
type singles struct {
	Calls int     `json:"calls"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`

	// Tail is how far the slowest hundredth is off the middle.
	Tail float64 `json:"tail"`
}

// writeTiming times s for about as long as limit, twice: in a loop, and call by call.
func writeTiming(w io.Writer, s *scenario, limit time.Duration) error {
	t := timing{Scenario: s.Name, Go: runtime.Version(),
		Procs: runtime.GOMAXPROCS(0), Valid: true}
	s.run(1) // a slow call may be timed once only: not this first time
	n := turnsFor(s, blockTime)
	blocks := t.timeBlocks(s, n, limit)
	if n == 1 {
		// A block was one call: there is no need to wait for as many again.
		t.Single = quantiles(blocks, s)
	} else {
		t.Single = timeSingles(s, limit)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(t)
}

// timeBlocks times blocks of n calls, and returns what a call took in each, in ns.
func (t *timing) timeBlocks(s *scenario, n int, limit time.Duration) []float64 {
	var before, after runtime.MemStats
	var extras, all, kept []float64
	runtime.GC() // not in the timed part
	runtime.ReadMemStats(&before)
	for start := time.Now(); len(all) < mostBlocks; {
		had := interruptions()
		elapsed := s.run(n)
		ns := float64(elapsed.Nanoseconds()) / float64(n)
		all = append(all, ns)
		if interruptions() == had {
			kept = append(kept, ns)
		}
		if s.extra != nil {
			extra, unit := s.extra(n, elapsed)
			extras = append(extras, extra)
			t.Unit = unit
		}
		if len(all) >= leastSingles && time.Since(start) > limit {
			break
		}
	}
	runtime.ReadMemStats(&after)
	t.Calls = n * len(all)
	t.Allocations = float64(after.Mallocs-before.Mallocs) / float64(t.Calls)
	t.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(t.Calls)
	t.Blocks, t.Dropped = len(all), len(all)-len(kept)
	// If calls take longer than a turn on the CPU, each is interrupted.
	if 10*len(kept) < len(all) {
		kept, t.Dropped = all, 0
	}
	t.Ns = mean(kept)
	t.Extra = quantile(extras, 0.5)
	return all
}

// interruptions returns how often this thread had to leave its CPU to another one.
func interruptions() int64 {
	var usage syscall.Rusage
	if syscall.Getrusage(rusageThread, &usage) != nil {
		return 0
	}
	return int64(usage.Nivcsw)
}

// turnsFor returns a number of calls that take about so long, with all that comes
// before each.
func turnsFor(s *scenario, long time.Duration) int {
	for n := 1; ; n *= 2 {
		start := time.Now()
		s.run(n)
		if 2*time.Since(start) > long || n >= maxIterations/2 {
			return n
		}
	}
}

func timeSingles(s *scenario, limit time.Duration) singles {
	var times []float64
	for start := time.Now(); len(times) < mostSingles; {
		times = append(times, float64(s.run(1).Nanoseconds()))
		if len(times) >= leastSingles && time.Since(start) > limit {
			break
		}
	}
	return quantiles(times, s)
}

// quantiles are those of times of single calls, less the price of the clock, in ns.
func quantiles(times []float64, s *scenario) singles {
	price := 0.0
	if s.call == nil { // else run takes it off
		price = float64(clockPrice().Nanoseconds())
	}
	q := singles{Calls: len(times), P50: quantile(times, 0.5) - price,
		P90: quantile(times, 0.9) - price, P99: quantile(times, 0.99) - price,
		P999: quantile(times, 0.999) - price, Max: quantile(times, 1) - price}
	q.Tail = q.P99 - q.P50
	return q
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum / float64(len(values))
}

// quantile sorts values. Of a hundred, the 0.99 quantile is the 99th; of none it is 0.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sort.Float64s(values)
	i := int(q*float64(len(values))+0.5) - 1
	if i < 0 {
		i = 0
	}
	return values[i]
}
