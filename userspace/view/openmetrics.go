// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// OpenMetrics 1.0, for Prometheus: a family is written whole, with its type, unit and help
// before its samples, and the file ends with "# EOF".

type family struct {
	name, unit, kind, help string
}

var families = []family{
	{"switchcost_call_seconds", "seconds", "summary",
		"Duration of live calls to C, as watch times them."},
	{"switchcost_calls_per_second", "", "gauge",
		"Live calls to C of the watched program."},
	{"switchcost_replay_ticks", "", "summary",
		"TSC ticks of isolated replays, the frame around them included."},
	{"switchcost_cycles", "", "gauge",
		"Core cycles of a call: mean of a run."},
	{"switchcost_cycles_low", "", "gauge",
		"Lower end of its interval of 95 %."},
	{"switchcost_cycles_high", "", "gauge",
		"Upper end of its interval of 95 %."},
	{"switchcost_valid", "", "gauge",
		"1 if the run's figures may be believed, else 0."},
}

type metrics map[string][]string

func label(key, value string) string {
	value = strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "\n", "\\n").
		Replace(value)
	return fmt.Sprintf("%s=\"%s\"", key, value)
}

func (m metrics) add(name string, labels []string, value float64) {
	m[name] = append(m[name], fmt.Sprintf("%s{%s} %.10g", name,
		strings.Join(labels, ","), value))
}

// addFigure leaves out what isn't known.
func (m metrics) addFigure(name string, labels []string, r anyResult, path string,
	scale float64) {
	if value, ok := r.number(path); ok {
		m.add(name, labels, value*scale)
	}
}

func with(labels []string, more ...string) []string {
	return append(append([]string{}, labels...), more...)
}

func (m metrics) addCycles(labels []string, r anyResult, context, mean, lo, hi string) {
	labels = with(labels, label("context", context))
	m.addFigure("switchcost_cycles", labels, r, mean, 1)
	m.addFigure("switchcost_cycles_low", labels, r, lo, 1)
	m.addFigure("switchcost_cycles_high", labels, r, hi, 1)
}

func (m metrics) addReplay(r, run anyResult) {
	labels := []string{label("sequence", benchName(r.text("sequence"))),
		label("backend", run.text("backend"))}
	m.addCycles(labels, r, "isolated", "cycles.mean", "cycles.ci_lo",
		"cycles.ci_hi")
	m.addCycles(labels, r, "loop", "back_to_back.mean", "back_to_back.ci_lo",
		"back_to_back.ci_hi")
	for _, q := range []string{"50", "95", "99"} {
		m.addFigure("switchcost_replay_ticks",
			with(labels, label("quantile", "0."+strings.TrimSuffix(q, "0"))),
			r, "ticks_quantiles.p"+q, 1)
	}
	m.addValid(labels, run)
}

func (m metrics) addValid(labels []string, r anyResult) {
	if valid, ok := r.at("valid").(bool); ok {
		value := 0.0
		if valid {
			value = 1
		}
		m.add("switchcost_valid", labels, value)
	}
}

func (m metrics) addFidelity(r anyResult) {
	labels := []string{label("sequence", benchName(r.text("trace.scenario"))),
		label("go", r.text("trace.go"))}
	m.addCycles(with(labels, label("what", "live")), r, "loop", "live_cycles",
		"live_ci.0", "live_ci.1")
	m.addCycles(with(labels, label("what", "replay")), r, "loop",
		"replay_cycles", "replay_ci.0", "replay_ci.1")
	m.addValid(labels, r)
}

func (m metrics) addTimes(labels []string, r anyResult) {
	for _, q := range []string{"50", "95", "99"} {
		m.addFigure("switchcost_call_seconds",
			with(labels, label("quantile", "0."+strings.TrimSuffix(q, "0"))),
			r, "p"+q+"_ns", 1e-9)
	}
}

func (m metrics) addWatch(r anyResult) {
	labels := []string{label("program", r.text("program")),
		label("go", r.text("go"))}
	m.addTimes(with(labels, label("function", "")), r)
	m.addFigure("switchcost_calls_per_second", labels, r, "calls_per_second", 1)
	for _, f := range r.pieces("functions") {
		m.addTimes(with(labels, label("function", f.text("name"))), f)
	}
}

func (m metrics) addResult(r anyResult) error {
	_, fidelity := r.values["live_cycles"]
	_, replay := r.values["cycles"]
	_, watch := r.values["calls_per_second"]
	switch {
	case fidelity:
		m.addFidelity(r)
	case watch:
		m.addWatch(r)
	case replay && r.text("backend") != "":
		sequences := r.pieces("sequences")
		if len(sequences) == 0 {
			sequences = []anyResult{r}
		}
		for _, s := range sequences {
			m.addReplay(s, r)
		}
	default:
		return fmt.Errorf("%s: neither of watch nor of replay nor of "+
			"fidelity", r.file)
	}
	return nil
}

func openMetrics(all []anyResult) ([]byte, error) {
	var out bytes.Buffer

	m := metrics{}
	for _, r := range all {
		if err := m.addResult(r); err != nil {
			return nil, err
		}
	}
	for _, f := range families {
		samples := m[f.name]
		if len(samples) == 0 {
			continue
		}
		fmt.Fprintf(&out, "# TYPE %s %s\n", f.name, f.kind)
		if f.unit != "" {
			fmt.Fprintf(&out, "# UNIT %s %s\n", f.name, f.unit)
		}
		fmt.Fprintf(&out, "# HELP %s %s\n", f.name, f.help)
		sort.Strings(samples)
		for i, sample := range samples {
			// A metric may be there once.
			if i > 0 && sampleName(sample) == sampleName(samples[i-1]) {
				return nil, fmt.Errorf("%s: twice: give one result of "+
					"each", sampleName(sample))
			}
			fmt.Fprintln(&out, sample)
		}
	}
	out.WriteString("# EOF\n")
	return out.Bytes(), nil
}

func sampleName(sample string) string {
	return sample[:strings.LastIndexByte(sample, ' ')]
}
