// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"io"
	"math"
	"runtime"
	"sort"
	"time"

	"switchcost/goprobe/tsc"
)

const (
	// A histogram has so many bins for each doubling of time: each is a share of
	// 0.022 wide.
	binsPerOctave = 32

	// Below a tenth of a nanosecond there is no call: what noise puts there is in
	// one bin.
	shortest = 0.1

	// A counter that advances in steps rounds each time the same way, unless what
	// it times varies by as much: see tsc.StartAndTurn.
	mostTurns = 64

	// The frame of a call is known from as many chains before and after it.
	neighbours = 16
)

// spread is what one process says of how a scenario's single calls differ.
type spread struct {
	Scenario string `json:"scenario"`
	Go       string `json:"go"`
	Procs    int    `json:"procs"`

	// Calls were timed one by one, by "time stamps" between fences, or by the
	// "clock" where the scenario times itself.
	Calls int    `json:"calls"`
	By    string `json:"by"`

	// FrameNs is what the time stamps take around work, about: taken off each call is
	// what they took around calls of known length beside it.
	FrameNs     float64 `json:"frame_ns"`
	CyclesPerNs float64 `json:"core_cycles_per_ns"`

	MedianNs float64 `json:"median_ns"`
	P99Ns    float64 `json:"p99_ns"`
	LeastNs  float64 `json:"least_ns"`
	MostNs   float64 `json:"most_ns"`

	// LoopNs is a call's time in a loop, of the middle block; null where calls
	// don't follow one another.
	LoopNs *float64 `json:"loop_ns"`

	PerOctave int   `json:"bins_per_octave"`
	Bins      []bin `json:"bins"`
}

// A bin holds calls that took Ns or more, and less than the next bin's.
type bin struct {
	Index int     `json:"index"`
	Ns    float64 `json:"ns"`
	Calls int     `json:"calls"`
}

// stamper times single calls.
type stamper struct {
	s     *scenario
	turn  int     // of the last call: 1 to mostTurns
	scale float64 // ns of a tick
	start time.Time
	tick  uint64

	// Of the frame around work, in ticks: at no turn, and more for each.
	frame, each float64
	cycle       float64 // ticks of a core cycle
}

func newStamper(s *scenario) *stamper {
	return &stamper{s: s, start: time.Now(), tick: tsc.End()}
}

// turns draws how many come after the next first stamp: each equally often, and
// neighbours far from one another.
func (t *stamper) turns() int {
	t.turn = (t.turn + 37) % mostTurns
	return 1 + t.turn
}

// once makes one call between time stamps, and returns the ticks.
//
//go:noinline
func (t *stamper) once() uint64 {
	turns := t.turns()
	switch {
	case t.s.loop != nil:
		start := tsc.StartAndTurn(turns)
		t.s.loop(1)
		return tsc.End() - start
	case t.s.stamped != nil:
		return t.s.stamped(turns)
	}
	start := tsc.StartAndTurn(turns)
	t.s.call()
	return tsc.End() - start
}

// alone is once after what comes before the call, which isn't timed.
func (t *stamper) alone() float64 {
	if t.s.before != nil {
		t.s.before()
	}
	tsc.End() // its own code is warm
	return float64(t.once())
}

// longChain times tsc.LongChainCycles.
//
//go:noinline
func longChain(turns int) uint64 {
	start := tsc.StartAndTurn(turns)
	tsc.LongChain()
	return tsc.End() - start
}

// calibrate finds what the frame takes by the number of turns, and a core cycle's ticks,
// of two lengths of chains: around nothing the time stamps take longer, since their own
// work hides under none. Each number of turns has the middle one of some timings, so that
// interrupts count for nothing, and a line goes through those.
func (t *stamper) calibrate() {
	const each = 65
	var x, y, cycles []float64
	for i := 0; i < mostTurns; i++ {
		var one, more []float64
		turns := t.turns()
		for j := 0; j < each; j++ {
			ticks := float64(tsc.TimeChain(turns))
			one = append(one, ticks)
			more = append(more, float64(longChain(turns))-ticks)
		}
		x = append(x, float64(turns))
		y = append(y, quantile(one, 0.5))
		cycles = append(cycles, mean(middle(more))/
			(tsc.LongChainCycles-tsc.ChainCycles))
	}
	t.frame, t.each = line(x, y)
	t.cycle = mean(middle(cycles))
	t.frame -= t.cycle * tsc.ChainCycles
}

// middle returns the middle half of some values.
func middle(values []float64) []float64 {
	sort.Float64s(values)
	return values[len(values)/4 : len(values)-len(values)/4]
}

// line returns the line of least squares: its value at 0, and its slope.
func line(x, y []float64) (at0, slope float64) {
	mx, my := mean(x), mean(y)
	var xx, xy float64
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
	}
	slope = xy / xx
	return my - slope*mx, slope
}

// settle says how long a tick is, by the clock that ran beside.
func (t *stamper) settle() {
	t.scale = float64(time.Since(t.start).Nanoseconds()) / float64(tsc.End()-t.tick)
}

// timeAll times calls one by one until limit is over, and returns ns. Right after each call
// lies a chain between the same stamps, and the frame of a call is that of the chains around
// it: the core's clock, and who else works on the core, change within milliseconds. One nop
// call after another took 118 to 172 cycles by a frame that was timed before, and 120 to 125
// by its neighbours'.
func (t *stamper) timeAll(limit time.Duration) []float64 {
	ticks := make([]float64, 0, mostSingles)
	frames := make([]float64, 0, mostSingles)
	held := make([]float64, 0, mostSingles)
	for start := time.Now(); len(ticks) < mostSingles; {
		took := t.alone()
		waited := 0.0
		if t.s.held != nil {
			waited = float64(t.s.held().Nanoseconds())
		}
		turns := 1 + t.turn
		frames = append(frames, float64(tsc.TimeChain(turns))-t.each*float64(turns))
		ticks = append(ticks, took-t.each*float64(turns))
		held = append(held, waited)
		if len(ticks) >= leastSingles && time.Since(start) > limit {
			break
		}
	}
	t.settle()
	for i, frame := range around(frames, neighbours) {
		frame -= t.cycle * tsc.ChainCycles
		ticks[i] = (ticks[i]-frame)*t.scale - held[i]
	}
	t.frame = quantile(frames, 0.5) - t.cycle*tsc.ChainCycles
	return ticks
}

// around returns, for each value, the middle one of those up to n places away.
func around(values []float64, n int) []float64 {
	middles := make([]float64, len(values))
	window := make([]float64, 0, 2*n+1)
	for i := range values {
		from, to := i-n, i+n+1
		if from < 0 {
			from = 0
		}
		if to > len(values) {
			to = len(values)
		}
		window = append(window[:0], values[from:to]...)
		middles[i] = quantile(window, 0.5)
	}
	return middles
}

// byClock times the calls of a scenario that does that itself, in ns.
func byClock(s *scenario, limit time.Duration) []float64 {
	var times []float64
	price := float64(clockPrice().Nanoseconds())
	for start := time.Now(); len(times) < mostSingles; {
		times = append(times, float64(s.timed(1).Nanoseconds())-price)
		if len(times) >= leastSingles && time.Since(start) > limit {
			break
		}
	}
	return times
}

// inLoop is a call's ns in the middle one of some blocks.
func inLoop(s *scenario, limit time.Duration) *float64 {
	if s.loop == nil && s.timed == nil {
		return nil
	}
	var blocks []float64
	n := turnsFor(s, blockTime)
	for start := time.Now(); len(blocks) < mostBlocks; {
		blocks = append(blocks, float64(s.run(n).Nanoseconds())/float64(n))
		if len(blocks) >= leastSingles && time.Since(start) > limit {
			break
		}
	}
	ns := quantile(blocks, 0.5)
	return &ns
}

// binned sorts times into bins, and returns those that aren't empty, in order.
func binned(times []float64) []bin {
	calls := map[int]int{}
	for _, ns := range times {
		calls[binOf(ns)]++
	}
	var bins []bin
	for i, n := range calls {
		bins = append(bins, bin{i, math.Exp2(float64(i) / binsPerOctave), n})
	}
	sort.Slice(bins, func(i, j int) bool { return bins[i].Index < bins[j].Index })
	return bins
}

func binOf(ns float64) int {
	return int(math.Floor(math.Log2(math.Max(ns, shortest)) * binsPerOctave))
}

// writeSpread times s in a loop, and then call by call, for about limit in all.
func writeSpread(w io.Writer, s *scenario, limit time.Duration) error {
	result := spread{Scenario: s.Name, Go: runtime.Version(),
		Procs: runtime.GOMAXPROCS(0), By: "time stamps", PerOctave: binsPerOctave}
	s.run(1) // a slow call may be timed once only: not this first time
	t := newStamper(s)
	result.LoopNs = inLoop(s, limit/4)
	t.calibrate()
	var times []float64
	if s.timed != nil {
		result.By = "clock"
		times = byClock(s, limit*3/4)
		t.settle()
	} else {
		times = t.timeAll(limit * 3 / 4)
		result.FrameNs = t.frame * t.scale
	}
	result.CyclesPerNs = 1 / (t.cycle * t.scale)
	result.Calls = len(times)
	result.Bins = binned(times)
	result.MedianNs, result.P99Ns = quantile(times, 0.5), quantile(times, 0.99)
	result.LeastNs, result.MostNs = quantile(times, 0), quantile(times, 1)
	return json.NewEncoder(w).Encode(result)
}
