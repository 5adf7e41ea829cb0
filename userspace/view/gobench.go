// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
)

// Go's benchmark format (golang.org/design/14313-benchmark-format), which benchstat
// reads. Each process of a run is a line, so that benchstat sees how they differ; a run of
// one process is one, and several runs are several.

// benchName makes "Nop" of "nop.trace", and "PingpongLocked" of "pingpong_locked".
func benchName(name string) string {
	var out strings.Builder

	name = path.Base(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".trace"), ".seq")
	up := true
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		up = false
		out.WriteRune(r)
	}
	if out.Len() == 0 {
		return "Sequence"
	}
	return out.String()
}

// A benchFile collects lines, and the lines of their configuration where that changes.
type benchFile struct {
	out    bytes.Buffer
	config string
	lines  int
}

func (b *benchFile) configure(r anyResult) {
	config := fmt.Sprintf("goos: linux\ngoarch: amd64\npkg: switchcost\n"+
		"cpu: %s\nswitchcost: %s\n", r.text("provenance.cpu"),
		r.text("provenance.switchcost"))
	if go_ := goVersion(r); go_ != "" {
		config += "go: " + go_ + "\n"
	}
	if config != b.config {
		b.out.WriteString(config)
		b.config = config
	}
}

func goVersion(r anyResult) string {
	if version := r.text("trace.go"); version != "" {
		return version
	}
	return r.text("go")
}

// add writes one line; of a figure that isn't known none.
func (b *benchFile) add(name string, n float64, cycles, hz any) {
	c, ok := cycles.(float64)
	if !ok {
		return
	}
	if n < 1 {
		n = 1
	}
	fmt.Fprintf(&b.out, "Benchmark%s\t%.0f\t%.4g cycles/op", name, n, c)
	if f, ok := hz.(float64); ok && f > 0 {
		fmt.Fprintf(&b.out, "\t%.5g ns/op", c/f*1e9)
	}
	b.out.WriteByte('\n')
	b.lines++
}

func maybe(r anyResult, path string) any {
	if n, ok := r.number(path); ok {
		return n
	}
	return nil
}

// coreHz is the core's frequency in the run; nil: it isn't known.
func coreHz(r anyResult) any {
	core, ok := r.number("core_per_tsc")
	hz, known := r.number("tsc_hz")
	if !ok || !known {
		return nil
	}
	return core * hz
}

// iterations is how many calls a figure is of.
func iterations(r anyResult) float64 {
	if n, ok := r.number("samples"); ok {
		return n
	}
	blocks, _ := r.number("blocks")
	calls, _ := r.number("calls_per_block")
	return blocks * calls
}

// addRuns writes a line for each process of a run, or one for all.
func (b *benchFile) addRuns(r anyResult, name, whole, each string, hz any) {
	n := iterations(r)
	processes := r.pieces("by_process")
	if len(processes) < 2 {
		b.add(name, n, maybe(r, whole), hz)
		return
	}
	for _, p := range processes {
		b.add(name, n/float64(len(processes)), maybe(p, each), hz)
	}
}

func (b *benchFile) addReplay(r, run anyResult) {
	hz := coreHz(run)
	name := benchName(r.text("sequence"))
	b.addRuns(r, name+"/replay/isolated", "cycles.mean", "cycles", hz)
	b.addRuns(r, name+"/replay/loop", "back_to_back.mean", "back_to_back", hz)
}

func (b *benchFile) addFidelity(r anyResult) {
	hz := coreHz(r)
	name := benchName(r.text("trace.scenario"))
	b.addRuns(r, name+"/live/loop", "live_cycles", "live_cycles", hz)
	b.addRuns(r, name+"/replay/loop", "replay_cycles", "replay_cycles", hz)
}

func (b *benchFile) addResult(r anyResult) error {
	if _, is := r.values["live_cycles"]; is {
		b.addFidelity(r)
		return nil
	}
	if _, is := r.values["cycles"]; !is || r.text("backend") == "" {
		return fmt.Errorf("%s: neither of replay nor of fidelity: these "+
			"have a call's cost", r.file)
	}
	if sequences := r.pieces("sequences"); len(sequences) > 0 {
		for _, s := range sequences {
			b.addReplay(s, r)
		}
		return nil
	}
	b.addReplay(r, r)
	return nil
}

func goBench(all []anyResult) ([]byte, error) {
	var b benchFile

	for _, r := range all {
		b.configure(r)
		before := b.lines
		if err := b.addResult(r); err != nil {
			return nil, err
		}
		if b.lines == before {
			return nil, fmt.Errorf("%s: its figures are withheld: %s",
				r.file, r.text("why"))
		}
	}
	if b.lines == 0 {
		return nil, errors.New("no figures")
	}
	return b.out.Bytes(), nil
}
