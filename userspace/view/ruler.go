// SPDX-License-Identifier: GPL-2.0

package main

import (
	"errors"
	"fmt"
	"math"
)

// rulerBin is how many single calls took so long, or up to the next bin's.
type rulerBin struct {
	Ns    float64 `json:"ns"`
	Calls float64 `json:"calls"`
}

// liveCalls are those of a situation.
type liveCalls struct {
	Calls        int        `json:"calls"`
	Turns        int        `json:"turns"`
	By           string     `json:"by"`
	Median       number     `json:"median_ns"`
	MedianTurns  estimate   `json:"median_ns_by_turn"`
	P90          number     `json:"p90_ns"`
	P99          number     `json:"p99_ns"`
	P999         number     `json:"p999_ns"`
	MedianCycles number     `json:"median_cycles"`
	P99Cycles    number     `json:"p99_cycles"`
	Loop         estimate   `json:"loop_ns"`
	LoopCycles   number     `json:"loop_cycles"`
	CyclesPerNs  number     `json:"core_cycles_per_ns"`
	Bins         []rulerBin `json:"bins"`
}

// replayedCalls are those of its replay.
type replayedCalls struct {
	Valid        bool              `json:"valid"`
	Why          string            `json:"why"`
	State        string            `json:"state"`
	Samples      int               `json:"samples"`
	Median       number            `json:"median_ns"`
	P99          number            `json:"p99_ns"`
	MedianCycles number            `json:"median_cycles"`
	P99Cycles    number            `json:"p99_cycles"`
	Loop         estimate          `json:"loop_ns"`
	Quantiles    map[string]number `json:"quantiles_ns"`
}

// situation is a row of the ruler.
type situation struct {
	Name      string        `json:"name"`
	Title     string        `json:"title"`
	Scenario  string        `json:"scenario"`
	Command   string        `json:"command"`
	Valid     bool          `json:"valid"`
	Why       string        `json:"why"`
	Live      liveCalls     `json:"live"`
	Replay    replayedCalls `json:"replay"`
	OverLive  number        `json:"replay_over_live"`
	OverLoops number        `json:"replay_over_live_in_a_loop"`
}

// reference is a price that people know.
type reference struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Valid  bool     `json:"valid"`
	Why    string   `json:"why"`
	Loop   estimate `json:"loop_ns"`
	Cycles number   `json:"loop_cycles"`
}

// ruler is what "switchcost ruler --json" prints.
type ruler struct {
	Study       string      `json:"study"`
	Go          string      `json:"go"`
	Valid       bool        `json:"valid"`
	Why         string      `json:"why"`
	Complete    bool        `json:"complete"`
	Interrupted bool        `json:"interrupted"`
	Seconds     number      `json:"seconds"`
	Rows        []situation `json:"rows"`
	References  []reference `json:"references"`
	Provenance  provenance  `json:"provenance"`
}

// row is the situation of a name, if it was measured.
func (r *ruler) row(name string) *situation {
	for i := range r.Rows {
		if r.Rows[i].Name == name && r.Rows[i].Valid {
			return &r.Rows[i]
		}
	}
	return nil
}

// clock is core cycles in a nanosecond: of a bare call, or of what there is.
func (r *ruler) clock() number {
	if bare := r.row("bare"); bare != nil && bare.Live.CyclesPerNs.known() {
		return bare.Live.CyclesPerNs
	}
	for i := range r.Rows {
		if c := r.Rows[i].Live.CyclesPerNs; r.Rows[i].Valid && c.known() {
			return c
		}
	}
	return number(math.NaN())
}

// worst is the situation whose slowest hundredth takes longest; nil: none was measured.
func (r *ruler) worst() *situation {
	var worst *situation
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Valid && row.Live.P99.known() &&
			(worst == nil || row.Live.P99 > worst.Live.P99) {
			worst = row
		}
	}
	return worst
}

func (r *ruler) check(file string) error {
	if r.Study != "ruler" || len(r.Rows) == 0 {
		return fmt.Errorf("%s: no ruler: give what switchcost ruler --json printed",
			file)
	}
	if !r.Valid {
		return fmt.Errorf("%s: its figures are withheld: %s: measure again", file,
			r.Why)
	}
	for i := range r.Rows {
		for _, b := range r.Rows[i].Live.Bins {
			if b.Ns <= 0 || b.Calls < 0 {
				return fmt.Errorf("%s: rows[%d]: a bin at %g ns with %g calls: "+
					"measure again", file, i, b.Ns, b.Calls)
			}
		}
	}
	return nil
}

// duration has three digits that count, and a unit from ns to s.
func duration(ns number) string {
	if !ns.known() {
		return "?"
	}
	value, unit := float64(ns), "ns"
	for _, larger := range []string{"µs", "ms", "s"} {
		if math.Abs(value) < 999.5 {
			break
		}
		value, unit = value/1000, larger
	}
	digits := 1
	if math.Abs(value) < 9.995 {
		digits = 2
	} else if math.Abs(value) >= 99.95 {
		digits = 0
	}
	if unit == "ns" && digits > 1 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %s", digits, value, unit)
}

// thousands is a count, or cycles, with a blank at each thousand.
func thousands(n number) string {
	if !n.known() {
		return "?"
	}
	digits := fmt.Sprintf("%.0f", math.Abs(float64(n)))
	text := ""
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			text += "\u202f"
		}
		text += string(d)
	}
	if n < 0 && text != "0" {
		return "−" + text
	}
	return text
}

// times says how many times as much a figure is: of few, with a digit after the point.
func times(ratio float64) string {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
		return "?"
	}
	if ratio < 10 {
		return fmt.Sprintf("%.1f", ratio)
	}
	// Two digits that count: so exact is none of these ratios.
	ten := math.Pow(10, math.Floor(math.Log10(ratio))-1)
	return thousands(number(math.Round(ratio/ten) * ten))
}

// ofRuler is the ruler of one result, without claims and without your call.
func ofRuler(r request) ([]byte, error) {
	var read ruler

	if err := load(r.results[0], &read); err != nil {
		return nil, err
	}
	if err := read.check(r.results[0]); err != nil {
		return nil, err
	}
	f := findings{ruler: &read}
	picture := f.picture(wideRuler)
	if picture == nil {
		return nil, errors.New(r.results[0] + ": nothing to draw: measure again")
	}
	return picture.standalone(), nil
}
