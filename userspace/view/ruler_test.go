// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var noFigure = number(math.NaN())

func exactly(n number) estimate { return estimate{n, n, n} }

// plantedRow is made up: calls of so many ns, a tenth of them twice as long.
func plantedRow(name, scenario string, ns number) situation {
	return situation{Name: name, Title: "the row " + name, Scenario: scenario,
		Command: "switchcost ruler --rows " + name, Valid: true,
		Live: liveCalls{Calls: 1000, Turns: 3, By: "time stamps", Median: ns,
			MedianTurns: exactly(ns), P90: ns, P99: 2 * ns, P999: 2 * ns,
			MedianCycles: 4 * ns, P99Cycles: 8 * ns, Loop: exactly(ns / 2),
			LoopCycles: 2 * ns, CyclesPerNs: 4,
			Bins: []rulerBin{{float64(ns), 900}, {float64(2 * ns), 100}}},
		Replay: replayedCalls{Valid: true, State: "warm", Samples: 50, Median: ns + 1,
			P99: 2 * ns, MedianCycles: 4*ns + 4, P99Cycles: 8 * ns,
			Loop: exactly(noFigure), Quantiles: map[string]number{"p01": ns,
				"p05": ns, "p25": ns, "p50": ns + 1, "p75": ns + 2,
				"p95": ns + 3, "p99": 2 * ns}},
		OverLive: (ns + 1) / ns, OverLoops: noFigure}
}

// plantedFindings are made up, too: a ruler of three rows, of which one wasn't measured,
// and claims on a bare call, on a row, and on something that isn't one.
func plantedFindings() *findings {
	missing := situation{Name: "gc", Title: "the collector", Scenario: "allocator",
		Command: "switchcost ruler --rows gc", Why: "too late <&"}
	r := &ruler{Study: "ruler", Go: "go1.26", Valid: true, Seconds: 12,
		Rows: []situation{plantedRow("bare", "nop", 30),
			plantedRow("no-p", "exit-no-p", 10e6), missing},
		References: []reference{
			{Name: "go-call", Title: "a Go call", Valid: true, Loop: exactly(1.25), Cycles: 5},
			{Name: "atomic", Title: "an atomic", Valid: true, Loop: exactly(1.5), Cycles: 6},
			{Name: "getpid", Title: "getpid", Why: "it died"}},
		Provenance: provenance{CPU: "made up", Signature: "1"}}
	j := &judged{Provenance: provenance{CPU: "made up", Signature: "1"}}
	claimed := func(id, verdict, unit, evidence string, lo, hi number) {
		c := claim{ID: id, Verdict: verdict, Sentence: "It says " + id + ".", Unit: unit,
			Measured: 7, CI: interval{7, 7}, Predicted: "something", Evidence: []string{evidence},
			Explain: "It was {measured}."}
		c.Limits.Lo, c.Limits.Hi = lo, hi
		j.Claims = append(j.Claims, c)
	}
	claimed("on-cycles", "refuted", "cycles", "fidelity-nop", 400, 400)
	claimed("on-row", "supported", "ns", "time-exit-no-p-go1.19", 1000, noFigure)
	claimed("elsewhere", "undetermined", "ns", "time-monitor", 100, 1000)
	claimed("no-time", "malformed", "bytes", "program", 2048, 2048)
	return &findings{ruler: r, rulers: []*ruler{r}, claims: []*judged{j},
		sources: []source{{File: "x.json", Kind: "ruler", Valid: true}}}
}

func TestDurations(t *testing.T) {
	for ns, want := range map[number]string{0.44: "0.4 ns", 27.14: "27.1 ns", 312.4: "312 ns",
		999.6: "1.00 µs", 1234: "1.23 µs", 12345: "12.3 µs", 18.5e6: "18.5 ms", 2e9: "2.00 s"} {
		if got := duration(ns); got != want {
			t.Errorf("%v ns are %s, not %s", float64(ns), got, want)
		}
	}
	if duration(noFigure) != "?" || thousands(-1234567) != "−1\u202f234\u202f567" ||
		times(1234567) != "1\u202f200\u202f000" || times(1.26) != "1.3" {
		t.Errorf("%s %s %s", duration(noFigure), thousands(-1234567), times(1234567))
	}
}

func TestLogAxis(t *testing.T) {
	a := logAxis{left: 10, width: 800, lowest: 1, highest: 1e8}
	for ns, want := range map[float64]float64{0.1: 10, 1: 10, 10: 110, 1e4: 410, 1e8: 810,
		1e9: 810} {
		if got := a.at(ns); math.Abs(got-want) > 1e-6 {
			t.Errorf("%g ns are at %g, not %g", ns, got, want)
		}
	}
	if n := len(a.powers(1)); n != 9 {
		t.Errorf("%d powers of ten", n)
	}
	// Cycles of a quarter of a nanosecond: the first on the axis is the tenth.
	if p := a.powers(0.25); p[0] != 10 || p[len(p)-1]*0.25 > 1e8 {
		t.Errorf("%v", p)
	}
}

// A picture shows each row where its truth was planted, and says what isn't there.
func TestRulerPicture(t *testing.T) {
	f := plantedFindings()
	for _, look := range []rulerLook{wideRuler, narrowRuler} {
		shapes := picture(t, f.picture(look).standalone())
		wantText(t, shapes, "the row bare", "a Go call 1.2 ns",
			"not measured; it fills: switchcost ruler --rows gc", "too late <&",
			"10.0 ms", "claims about other calls", "1 ns", "100 ms", "core cycles")
		if hasText(shapes, "getpid") {
			t.Error("a price that wasn't measured is drawn")
		}
		row := named(shapes, "the row bare (nop)")
		if len(row) == 0 || !hasText(row, "the row bare") {
			t.Fatal("no row")
		}
		x := f.picture(look).axis.at(30)
		if !medianAt(row, x) {
			t.Errorf("%s: no median at %g", look.name, x)
		}
	}
}

// medianAt sees whether the line of a row's median is there.
func medianAt(row []shape, x float64) bool {
	for _, s := range row {
		if s.attr("class") != "median" {
			continue
		}
		var at float64
		if json.Unmarshal([]byte(s.attr("x1")), &at) == nil && math.Abs(at-x) < 0.06 {
			return true
		}
	}
	return false
}

func TestFlags(t *testing.T) {
	f := plantedFindings()
	for scenario, want := range map[string]string{"nop": "on-cycles", "exit-no-p": "on-row",
		"": "elsewhere"} {
		flags := f.flagsOf(scenario)
		if len(flags) != 1 || flags[0].id != want {
			t.Fatalf("%q: %+v", scenario, flags)
		}
	}
	// 400 cycles, four of which are a nanosecond.
	if ns := f.flagsOf("nop")[0].ns; ns != 100 {
		t.Errorf("400 cycles are %g ns", ns)
	}
	if ns := f.flagsOf("")[0].ns; math.Abs(ns-math.Sqrt(100*1000)) > 1e-6 {
		t.Errorf("a range is at %g ns", ns)
	}
}

func TestSentence(t *testing.T) {
	f := plantedFindings()
	text := f.sentence().plain()
	for _, want := range []string{"15.0 ns (60 core cycles) in a loop here, and 30.0 ns (120 cycles) alone",
		"but 20.0 ms in the worst situation here, “the row no-p” (P: one of Go's GOMAXPROCS " +
			"processors): 670\u202f000 times a bare call's median.",
		"Of 4 claims about such calls 1 are refuted, 1 supported, 1 malformed (no sense as they stand), " +
			"1 undetermined. A refuted one: “It says on-cycles”; found: 7 cycles."} {
		if !strings.Contains(text, want) {
			t.Errorf("not %q in %q", want, text)
		}
	}
	f.yours = []yourCall{{name: "mine", mean: 1500, median: noFigure},
		{name: "both", mean: 45, median: 15}, {name: "single", mean: noFigure, median: 15}}
	if text := f.sentence().plain(); !strings.Contains(text, " Your call of “mine” takes 1.50 µs on average, "+
		"C's work included: 100 times a bare call in a loop. Your call of “both” takes 45.0 ns on average, "+
		"C's work included: 3.0 times a bare call in a loop. Your call of “single” takes 15.0 ns by the "+
		"median, C's work included: 0.5 times a bare call alone. ") {
		t.Errorf("your calls aren't compared: %q", text)
	}
	f.claims[0].Provenance.CPU = "another"
	if text := f.sentence().plain(); !strings.Contains(text, "undetermined (on another machine, another 1).") {
		t.Errorf("verdicts of another machine: %q", text)
	}
	// Of class "sync" the call takes most.
	p := planted()
	p.Provenance = f.ruler.Provenance
	p.Ablation = ablation{Valid: true, Classes: []ablated{{Name: "calls", Share: 0.1},
		{Name: "sync", Share: 0.5}}}
	f.profiles = []*profile{p}
	if text := f.sentence().plain(); !strings.Contains(text, "; 50 % of it is in part 0, and without "+
		"locked operations the call would take 50 % less.") {
		t.Errorf("nothing dominates: %q", text)
	}
}

// A figure that doesn't explain itself is explained: the C function's own work is in it.
func TestExampleIsExplained(t *testing.T) {
	f := plantedFindings()
	f.claims[0].Claims[0].Evidence = []string{"time-work10us"}
	f.claims[0].Claims[0].Unit = "ns"
	if text := f.sentence().plain(); !strings.Contains(text, "found: 7.0 ns for the whole call, whose "+
		"C function is a chain of 35\u202f008 core cycles, 10 µs at 3.5 GHz.") {
		t.Error(text)
	}
}

// Each column says which calls it is of, and a call of which only the mean is known has no
// median.
func TestColumns(t *testing.T) {
	f := plantedFindings()
	f.yours = []yourCall{{name: "mine", mean: 1500, median: noFigure, p99: noFigure}}
	wide := picture(t, f.picture(wideRuler).standalone())
	wantText(t, wide, "a loop:", "mean", "alone:", "median", "of them take", "at most",
		"99 %, over a", "bare call's")
	mine := named(wide, "your call: mine")
	wantText(t, mine, "1.50 µs")
	for _, s := range mine {
		if s.text == "1.50 µs" && s.attr("x") != fmt.Sprintf("%.1f", wideRuler.columns[0]) {
			t.Errorf("the mean is at %s", s.attr("x"))
		}
	}
	// Of a bare call the slowest hundredth is twice the median.
	wantText(t, named(wide, "the row bare (nop)"), "15.0 ns", "30.0 ns", "60.0 ns", "× 2.0")
	wantText(t, picture(t, f.picture(narrowRuler).standalone()), "mean 1.50 µs",
		"at the right: median alone · 99 % take at most")
}

// Each flag has its claim's sentence, as far as there is room, and what was found.
func TestFlagsSpeak(t *testing.T) {
	f := plantedFindings()
	f.claims[0].Claims[1].Sentence = "It says " + strings.Repeat("much and ", 40) + "more."
	for _, look := range []rulerLook{wideRuler, narrowRuler} {
		shapes := picture(t, f.picture(look).standalone())
		wantText(t, shapes, "It says on-cycles: found 7 cycles", "It says elsewhere: found 7.0 ns")
		long := ""
		for _, s := range shapes {
			if strings.HasPrefix(s.text, "It says much") && strings.HasSuffix(s.text, "…") {
				long = s.text
			}
		}
		if n := utf8.RuneCountInString(long); n < 20 || float64(n)*letter > look.width {
			t.Errorf("%s: %d letters: %q", look.name, n, long)
		}
	}
}

func save(t *testing.T, folder, name string, what any) string {
	t.Helper()
	data, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A report of all that is planted has it on its page, and in files beside it.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	f := plantedFindings()
	other := *f.ruler
	other.Provenance.Signature = "2"
	watched := map[string]any{"program": "mine", "calls_per_second": 1, "functions": []any{
		map[string]any{"name": "own", "runtimes_own": true, "timed": 9, "p50_ns": 1, "p99_ns": 2},
		map[string]any{"name": "f<g", "timed": 9, "p50_ns": 2000, "p99_ns": 3000}}}
	err := report(request{output: out, results: []string{
		save(t, dir, "ruler.json", f.ruler), save(t, dir, "other.json", other),
		save(t, dir, "watched.json", watched), save(t, dir, "profile.json", planted()),
		save(t, dir, "claims.json", map[string]any{"catalogue": 1, "claims": 1})}})
	if err == nil {
		t.Fatal("a catalogue that is a number")
	}
	err = report(request{output: out, results: []string{
		save(t, dir, "ruler.json", f.ruler), save(t, dir, "other.json", other),
		save(t, dir, "watched.json", watched), save(t, dir, "profile.json", planted())}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<b>30.0 ns</b>", "your call: f&lt;g", "The ruler by machine",
		"too late &lt;&amp;", "ruler-wide", "ruler-narrow", `id="profile-table"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("no %s on the page", want)
		}
	}
	if n := bytes.Count(page, []byte("<defs>")); n != 1 {
		t.Errorf("%d definitions in pictures", n)
	}
	data, err := os.ReadFile(filepath.Join(out, "ruler.csv"))
	if err != nil || !bytes.Contains(data, []byte("bare,nop,live,bin,60,,100\n")) {
		t.Errorf("%s, %v", data, err)
	}
}

// Results that can't be drawn are refused, or named as withheld, and nothing is drawn.
func TestRulerRefusals(t *testing.T) {
	dir := t.TempDir()
	broken := *plantedFindings().ruler
	broken.Rows = []situation{plantedRow("bare", "nop", 30)}
	broken.Rows[0].Live.Bins[0].Ns = -1
	file := save(t, dir, "broken.json", &broken)
	if err := run([]string{"ruler", file}); err == nil ||
		!strings.Contains(err.Error(), "a bin at -1 ns") {
		t.Errorf("%v", err)
	}
	withheld := ruler{Study: "ruler", Why: "emulated", Rows: broken.Rows}
	file = save(t, dir, "withheld.json", &withheld)
	if err := run([]string{"ruler", file}); err == nil ||
		!strings.Contains(err.Error(), "withheld: emulated") {
		t.Errorf("%v", err)
	}
	out := filepath.Join(dir, "out")
	if err := run([]string{"report", "-o", out, file}); err != nil {
		t.Fatal(err)
	}
	page, _ := os.ReadFile(filepath.Join(out, "report.html"))
	if !bytes.Contains(page, []byte("No ruler is among the results")) ||
		!bytes.Contains(page, []byte("emulated")) {
		t.Error("a withheld ruler isn't named")
	}
}

// A page that would be too large leaves pictures out, the last first.
func TestFitting(t *testing.T) {
	p := plantedFindings().page()
	for _, name := range []string{"one", "two"} {
		p.Costs = append(p.Costs, &plot{Name: name, Inline: inlined(bytes.Repeat([]byte("x"),
			300_000))})
	}
	data, err := p.fitting()
	if err != nil || len(data) > largestPage {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if p.Costs[0].Inline == "" || p.Costs[1].Inline != "" ||
		!bytes.Contains(data, []byte("two.svg")) {
		t.Error("another picture was left out")
	}
}
