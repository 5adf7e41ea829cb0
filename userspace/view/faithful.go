// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
	"strings"
)

// studentT has the quantiles of 97.5 % of Student's t, by degrees of freedom; beyond
// them by expansion from the normal's (Abramowitz and Stegun, 26.7.5).
var studentT = []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
	2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080,
	2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042}

func quantileT(freedom int) float64 {
	const z = 1.959964

	if freedom <= len(studentT) {
		return studentT[freedom-1]
	}
	n := float64(freedom)
	return z + (z*z*z+z)/4/n + (5*math.Pow(z, 5)+16*z*z*z+3*z)/96/n/n
}

// meanOf is the mean of some values and Student's interval of 95 %; one value has none.
func meanOf(values []float64) (mean, half float64) {
	n := float64(len(values))
	var squares float64

	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	if n < 2 {
		return mean, math.NaN()
	}
	return mean, quantileT(len(values)-1) * math.Sqrt(squares/(n-1)/n)
}

// shortCycles is what a call takes at least to be judged by its ratio: of a shorter one,
// fidelity judges the difference, since a cycle of it may be a tenth.
const shortCycles = 40

// logRatios are those of a version's scenarios that are judged by them.
func (t *toolchain) logRatios() []float64 {
	var logs []float64

	for _, c := range t.Scenarios {
		if f := c.Fidelity; f != nil && f.Valid && f.Ratio > 0 &&
			f.LiveCycles >= shortCycles {
			logs = append(logs, math.Log(float64(f.Ratio)))
		}
	}
	return logs
}

func (m *matrix) hasProcesses() bool {
	for _, t := range m.Toolchains {
		for _, c := range t.Scenarios {
			if c.Fidelity != nil && c.Fidelity.Processes > 1 {
				return true
			}
		}
	}
	return false
}

// verdict is a scenario's cell: its ratio, and "yes" or "no"; or why there is none.
func (t *toolchain) verdict(scenario string) string {
	c := t.call(scenario)

	if c == nil || c.Fidelity == nil || !c.Fidelity.Valid {
		why := t.reason(scenario)
		if why == "" {
			why = "-"
		}
		return why
	}
	f := c.Fidelity
	text := withInterval(f.Ratio, f.RatioCI, 3)
	if f.Faithful {
		return text + " yes"
	}
	return text + " no"
}

// faithful is a table of all scenarios by version, where processes were compared: is the
// replay the call?
func (m *matrix) faithful() string {
	var out strings.Builder

	if !m.hasProcesses() {
		return ""
	}
	out.WriteString("\n## Is the replay the call?\n\nReplay / live over pairs of " +
		"processes, with the interval of 95 %; yes: it lies within 0.95 to\n1.05, or, " +
		"of calls under 40 cycles, their difference within 4 cycles. Mean ln " +
		"ratio: over\nthe scenarios of 40 cycles and more, with Student's interval.\n\n")
	head, rule := []string{"scenario"}, "| --- |"
	for _, t := range m.Toolchains {
		head = append(head, t.Go)
		rule += " --- |"
	}
	out.WriteString(cells(head) + rule + "\n")
	for _, scenario := range m.Scenarios {
		row := []string{scenario}
		for i := range m.Toolchains {
			row = append(row, m.Toolchains[i].verdict(scenario))
		}
		out.WriteString(cells(row))
	}
	row := []string{"mean ln ratio"}
	for i := range m.Toolchains {
		logs := m.Toolchains[i].logRatios()
		if len(logs) < 2 {
			row = append(row, "-")
			continue
		}
		mean, half := meanOf(logs)
		row = append(row, fmt.Sprintf("%.3f ± %.3f (%d)", mean, half, len(logs)))
	}
	out.WriteString(cells(row))
	return out.String()
}
