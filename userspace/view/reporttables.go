// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
	"strings"
)

// rulerFigure is the ruler for screens and for phones, its table and its data; nil: there
// is none.
func (f *findings) rulerFigure() *rulerFigure {
	if f.ruler == nil {
		return nil
	}
	wide, narrow := f.picture(wideRuler), f.picture(narrowRuler)
	r := &rulerFigure{Wide: inlineRuler(wide), Narrow: inlineRuler(narrow),
		HasYours: len(f.yours) > 0}
	// In a file of its own, a link leads to the page beside it.
	outside := *f
	picture := outside.picture(wideRuler.linkedTo("report.html"))
	r.Name, r.Title, r.svg = "ruler", "The ruler of calls", picture.standalone()
	r.How = f.rulerHow()
	r.Tables = []*table{f.rulerTable(), f.priceTable()}
	r.data = f.rulerData()
	return r
}

func (f *findings) rulerHow() string {
	calls, turns := 0, 0
	for i := range f.ruler.Rows {
		row := &f.ruler.Rows[i]
		if row.Valid {
			calls += row.Live.Calls
			turns = max(turns, row.Live.Turns)
		}
	}
	text := fmt.Sprintf("Measured by switchcost ruler in %.0f s under %s, %s: %s single "+
		"calls, each between time stamps and fences, whose own time is taken off; none was "+
		"dropped; each row of %s. A shape is as high as the square root of "+
		"a bin's share of calls. Below its line lies the replay of the recorded call "+
		"between the same fences. Dotted lines are prices in a loop, of the same run.",
		float64(f.ruler.Seconds), f.ruler.Go, f.ruler.Provenance.CPU,
		thousands(number(calls)), processes(turns))
	if len(f.claims) > 0 {
		text += " Flags stand where a claim says a number: ✓ supported, ✗ refuted, " +
			"? undetermined, ! malformed; each leads to its verdict."
	}
	switch {
	case f.ruler.Interrupted:
		text += " A signal ended the run before all rows had their turns."
	case !f.ruler.Complete:
		text += " The time was up before all rows had all their turns."
	}
	return text
}

func processes(most int) string {
	if most == 1 {
		return "one process"
	}
	return fmt.Sprintf("up to %d processes", most)
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// oneDigit has none after the point where there are many before it.
func oneDigit(n number) string {
	switch {
	case !n.known():
		return "–"
	case math.Abs(float64(n)) >= 1000:
		return thousands(n)
	}
	return n.String()
}

func twoDigits(n number) string {
	if !n.known() {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(n))
}

// between is a figure with its interval, if it has one.
func between(e estimate) string {
	if !e.Mean.known() {
		return "–"
	}
	if !e.Lo.known() || !e.Hi.known() {
		return oneDigit(e.Mean)
	}
	return fmt.Sprintf("%s [%s, %s]", oneDigit(e.Mean), oneDigit(e.Lo), oneDigit(e.Hi))
}

func (f *findings) rulerTable() *table {
	t := newTable("ruler-table", "Calls in all situations, ns unless said otherwise; "+
		"intervals of 95 % over processes", "situation", "scenario", "#in a loop",
		"#alone: median", "#core cycles", "#99 %", "#99.9 %", "#calls",
		"#replay: median", "#replay / live", "#in a loop", "remarks")
	for i := range f.ruler.Rows {
		row := &f.ruler.Rows[i]
		l, r := &row.Live, &row.Replay
		if !row.Valid {
			t.add(row.Title, row.Scenario, "–", "–", "–", "–", "–", "–", "–", "–", "–",
				notMeasured+" ("+row.Why+"); it fills: "+row.Command)
			continue
		}
		remark := ""
		if !r.Valid {
			remark = "no replay: " + r.Why
		} else if r.State != "warm" {
			remark = "replay prepared: " + r.State
		}
		if l.By == "clock" {
			remark = strings.TrimPrefix(remark+"; timed by the clock", "; ")
		}
		median := oneDigit(l.Median)
		if l.MedianTurns.Lo.known() {
			median = between(estimate{l.Median, l.MedianTurns.Lo, l.MedianTurns.Hi})
		}
		t.add(row.Title, row.Scenario, between(l.Loop), median,
			thousands(l.MedianCycles), oneDigit(l.P99), oneDigit(l.P999),
			thousands(number(l.Calls)), oneDigit(r.Median), twoDigits(row.OverLive),
			twoDigits(row.OverLoops), remark)
	}
	return t
}

func (f *findings) priceTable() *table {
	t := newTable("price-table", "Prices that people know, in a loop, of the same run",
		"what", "#ns", "#core cycles", "remarks")
	for i := range f.ruler.References {
		r := &f.ruler.References[i]
		if !r.Valid {
			t.add(r.Title, "–", "–", notMeasured+": "+r.Why)
			continue
		}
		t.add(r.Title, between(r.Loop), oneDigit(r.Cycles), "")
	}
	return t
}

// rulerData are all figures of the ruler, and all that is drawn.
func (f *findings) rulerData() [][]string {
	rows := [][]string{{"row", "scenario", "what", "quantity", "ns", "core_cycles",
		"calls"}}
	put := func(s *situation, what, quantity string, ns, cycles number, calls string) {
		if ns.known() {
			rows = append(rows, []string{s.Name, s.Scenario, what, quantity, exact(ns),
				exact(cycles), calls})
		}
	}
	none := number(math.NaN())
	for i := range f.ruler.Rows {
		s := &f.ruler.Rows[i]
		l, r := &s.Live, &s.Replay
		if !s.Valid {
			continue
		}
		calls := fmt.Sprint(l.Calls)
		put(s, "live", "median", l.Median, l.MedianCycles, calls)
		put(s, "live", "p90", l.P90, none, calls)
		put(s, "live", "p99", l.P99, l.P99Cycles, calls)
		put(s, "live", "p999", l.P999, none, calls)
		put(s, "live", "loop", l.Loop.Mean, l.LoopCycles, "")
		for _, b := range l.Bins {
			put(s, "live", "bin", number(b.Ns), none, fmt.Sprint(int(b.Calls)))
		}
		put(s, "replay", "median", r.Median, r.MedianCycles, fmt.Sprint(r.Samples))
		put(s, "replay", "loop", r.Loop.Mean, none, "")
		for _, name := range []string{"p01", "p05", "p25", "p50", "p75", "p95", "p99"} {
			if n, there := r.Quantiles[name]; there {
				put(s, "replay", name, n, none, fmt.Sprint(r.Samples))
			}
		}
	}
	for i := range f.ruler.References {
		if r := &f.ruler.References[i]; r.Valid {
			put(&situation{Name: r.Name}, "reference", "loop", r.Loop.Mean, r.Cycles, "")
		}
	}
	return rows
}

// claimTables are verdicts, a table for each machine that has judged.
func (f *findings) claimTables() []*table {
	var all []*table
	for i, j := range f.claims {
		t := newTable(numbered("claims-table", i), fmt.Sprintf("%d claims, judged on %s",
			len(j.Claims), j.Provenance), "verdict", "claim", "predicted", "found")
		for k := range j.Claims {
			c := &j.Claims[k]
			row := t.add(verdictMarks[c.Verdict]+" "+c.Verdict, c.Sentence, c.Predicted,
				c.shown())
			row.ID = numbered("claim-"+clean(c.ID), i)
			row.Cells[0].Class = "v v-" + verdictClass(c.Verdict)
			row.Cells[1].Summary = "why"
			row.Cells[1].More = clean(strings.TrimSpace(c.verdict() + ". " +
				c.explained() + " " + c.remark()))
		}
		all = append(all, t)
	}
	return all
}

// remark is what else there is to know of a verdict, in sentences.
func (c *claim) remark() string {
	text := ""
	if c.Draws > 1 {
		text += fmt.Sprintf("From %s, %d draws. ", c.Context, c.Draws)
	} else if c.Measured.known() {
		text += fmt.Sprintf("From %s. ", c.Context)
	}
	if c.Malformed != "" {
		text += "Wrong with the sentence: " + c.Malformed + ". "
	}
	if c.Verdict == "undetermined" || c.Verdict == "not measurable" ||
		c.Verdict == "conditional" {
		text += "Why: " + c.Why + ". "
	}
	if c.Note != "" {
		text += "The figure is " + c.Note + "."
	}
	return text
}

// versions are calls by version of Go: a chart, and a table for each scenario; and verdicts
// by version.
func (f *findings) versions() (plots []*plot, tables []*table) {
	for i, j := range f.claims {
		if t := j.versionTable(numbered("claims-by-version", i)); t != nil {
			tables = append(tables, t)
		}
	}
	m := f.matrix
	if m == nil {
		return nil, tables
	}
	svg, err := m.chart()
	if err != nil {
		return nil, tables
	}
	p := &plot{Name: "versions", Title: "The cost of a call, by version of Go", svg: svg,
		Inline: inlined(svg), How: "Each version built the same program; its call was " +
			"recorded, replayed between fences, and timed live in a loop. A figure " +
			"without an interval isn't drawn. " + m.where() + "."}
	p.data = [][]string{append([]string{"scenario"}, matrixColumns...)}
	for _, scenario := range m.Scenarios {
		columns := []string{matrixColumns[0]}
		for _, name := range matrixColumns[1 : len(matrixColumns)-1] {
			columns = append(columns, "#"+name)
		}
		t := newTable("versions-"+clean(scenario), scenario+", by version of Go",
			append(columns, matrixColumns[len(matrixColumns)-1])...)
		for i := range m.Toolchains {
			row := m.Toolchains[i].row(scenario)
			t.add(row...)
			p.data = append(p.data, append([]string{scenario}, row...))
		}
		p.Tables = append(p.Tables, t)
	}
	return []*plot{p}, tables
}

// versionTable has verdicts by version, of claims that were judged for several; nil: none
// was.
func (j *judged) versionTable(id string) *table {
	var t *table

	for i := range j.Claims {
		c := &j.Claims[i]
		if len(c.Versions) == 0 {
			continue
		}
		if t == nil {
			columns := []string{"claim"}
			for _, v := range c.Versions {
				columns = append(columns, "Go "+v.Go)
			}
			t = newTable(id, "Verdicts by version of Go", columns...)
		}
		row := []string{c.Sentence}
		for _, v := range c.Versions {
			row = append(row, verdictMarks[v.Verdict]+" "+v.Verdict)
		}
		t.add(row...)
	}
	return t
}

// machineName is short enough for the head of a column.
func machineName(p provenance) string {
	return fmt.Sprintf("%s %s, %s", p.CPU, p.Signature, p.Hypervisor)
}

// machines are tables of what several machines have measured, side by side.
func (f *findings) machines() []*table {
	var all []*table

	if len(f.rulers) > 1 {
		columns := []string{"situation: median, and 99 %"}
		for _, r := range f.rulers {
			columns = append(columns, "#"+machineName(r.Provenance)+", "+r.Go)
		}
		t := newTable("machines-ruler", "The ruler by machine", columns...)
		for i := range f.ruler.Rows {
			row := []string{f.ruler.Rows[i].Title}
			for _, r := range f.rulers {
				s := r.row(f.ruler.Rows[i].Name)
				if s == nil {
					row = append(row, notMeasured)
					continue
				}
				row = append(row, duration(s.Live.Median)+", "+duration(s.Live.P99))
			}
			t.add(row...)
		}
		all = append(all, t)
	}
	if len(f.claims) > 1 {
		all = append(all, f.claimsByMachine())
	}
	return all
}

// claimsByMachine has a verdict for each claim and machine.
func (f *findings) claimsByMachine() *table {
	columns := []string{"claim"}
	known := map[string]int{}
	var sentences []string

	for _, j := range f.claims {
		columns = append(columns, machineName(j.Provenance))
		for i := range j.Claims {
			c := &j.Claims[i]
			if _, there := known[c.ID]; !there {
				known[c.ID] = len(sentences)
				sentences = append(sentences, c.Sentence)
			}
		}
	}
	t := newTable("machines-claims", "Verdicts by machine", columns...)
	cells := make([][]string, len(sentences))
	for i, sentence := range sentences {
		cells[i] = append([]string{sentence}, make([]string, len(f.claims))...)
	}
	for k, j := range f.claims {
		for i := range j.Claims {
			c := &j.Claims[i]
			cells[known[c.ID]][k+1] = verdictMarks[c.Verdict] + " " + c.Verdict
		}
	}
	for _, row := range cells {
		t.add(row...)
	}
	return t
}

// sourceTable says of each result where it comes from, and whether it may be believed.
func (f *findings) sourceTable() *table {
	t := newTable("sources-table", "Results, in the order in which they were given",
		"file", "kind", "valid", "machine", "microcode", "kernel", "hypervisor", "date",
		"switchcost", "remarks")
	for _, s := range f.sources {
		valid := "yes"
		if !s.Valid {
			valid = "withheld"
		}
		p := s.Provenance
		t.add(s.File, s.Kind, valid, p.CPU+" "+p.Signature, p.Microcode, p.Kernel,
			p.Hypervisor, p.Date, p.Switchcost, s.Why)
	}
	return t
}
