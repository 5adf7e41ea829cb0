// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"
)

var matrixColumns = []string{"Go", "instructions", "atomics", "data lines",
	"data pages", "code lines", "code pages", "live ns", "replayed cycles",
	"replay / live", "variants"}

// cells is one row of a table.
func cells(texts []string) string {
	for i, text := range texts {
		// A bar would end the cell.
		texts[i] = strings.ReplaceAll(clean(text), "|", ",")
	}
	return "| " + strings.Join(texts, " | ") + " |\n"
}

// withInterval shows a number and its interval with so many digits.
func withInterval(n number, ci interval, digits int) string {
	return fmt.Sprintf("%.*f [%.*f, %.*f]", digits, float64(n), digits,
		float64(ci[0]), digits, float64(ci[1]))
}

// row is a version's in a scenario's table.
func (t *toolchain) row(scenario string) []string {
	c := t.call(scenario)
	if c == nil || c.Record == nil {
		row := append([]string{t.Go}, strings.Split("---------", "")...)
		return append(row, t.reason(scenario))
	}
	row := []string{t.Go}
	for _, key := range []string{"instructions", "atomics", "data_lines",
		"data_pages", "code_lines", "code_pages"} {
		row = append(row, c.Record.count(key))
	}
	live, replay, ratio := "-", "-", "-"
	if c.Live != nil {
		live = fmt.Sprintf("%.1f", c.Live.Median)
	}
	if r := c.Replay; r != nil && r.Valid {
		replay = withInterval(r.Cycles.Mean, r.Cycles.interval(), 1)
	}
	if f := c.Fidelity; f != nil && f.Valid {
		ratio = withInterval(f.Ratio, f.RatioCI, 3)
	}
	variants := c.Record.variants()
	if why := t.reason(scenario); why != "" {
		variants += "; " + why
	}
	return append(row, live, replay, ratio, variants)
}

// reason says why something is missing, or isn't as it has to be; or nothing.
func (t *toolchain) reason(scenario string) string {
	c := t.call(scenario)

	switch {
	case c == nil:
		return t.Why
	case c.Why != "":
		return c.Why
	case c.Replay != nil && !c.Replay.Valid:
		return c.Replay.Why
	case c.Fidelity != nil && !c.Fidelity.Faithful:
		return c.Fidelity.Why
	}
	return ""
}

// where is the machine and the time.
func (m *matrix) where() string {
	cpu, hypervisor := "Unknown CPU", "no hypervisor"

	if m.Machine != nil {
		cpu = m.Machine.CPU
		hypervisor = m.Machine.Hypervisor
	}
	return fmt.Sprintf("%s, %s, %s", clean(cpu), clean(hypervisor), m.Date)
}

// markdown is a table for each scenario, a row for each version.
func (m *matrix) markdown() ([]byte, error) {
	var out bytes.Buffer

	fmt.Fprintf(&out, "# The cost of a call, by Go version\n\n"+
		"Measured by `scripts/go-matrix`, %s.\n\n"+
		"Instructions to pages are of the most frequent variant. Live: "+
		"median of\n%d timings. Replayed: core cycles of a call alone and "+
		"their 95 %%\ninterval. Replay / live: both back to back, as "+
		"`fidelity` measures them.\n", m.where(), m.BenchCount)
	out.WriteString(m.faithful())
	for _, scenario := range m.Scenarios {
		fmt.Fprintf(&out, "\n## %s\n\n", clean(scenario))
		out.WriteString(cells(append([]string(nil), matrixColumns...)))
		out.WriteString("| --- |" + strings.Repeat(" ---: |",
			len(matrixColumns)-2) + " --- |\n")
		for i := range m.Toolchains {
			out.WriteString(cells(m.Toolchains[i].row(scenario)))
		}
	}
	return out.Bytes(), nil
}
