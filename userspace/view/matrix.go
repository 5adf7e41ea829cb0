// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strings"
)

// recorded is what "record --json" prints, all of it; functions are a list of
// objects there, and instructions by name here.
type recorded map[string]any

func (r recorded) functionsByName() {
	list, isList := r["functions"].([]any)
	if !isList {
		return
	}
	byName := map[string]any{}
	for _, f := range list {
		if f, ok := f.(map[string]any); ok {
			byName[fmt.Sprint(f["name"])] = f["instructions"]
		}
	}
	r["functions"] = byName
}

// count is one of the recorded counts, as the table shows it.
func (r recorded) count(key string) string {
	if n, ok := r[key].(float64); ok {
		return fmt.Sprint(n)
	}
	return "-"
}

// variants is how long each way through the call is, and how often it was seen.
func (r recorded) variants() string {
	var texts []string

	list, _ := r["variants"].([]any)
	for _, v := range list {
		if v, ok := v.(map[string]any); ok {
			texts = append(texts, fmt.Sprintf("%v x%v",
				v["instructions"], v["count"]))
		}
	}
	return strings.Join(texts, ", ")
}

// replayed is of "replay --json" what a matrix keeps.
type replayed struct {
	Valid      bool        `json:"valid"`
	Why        string      `json:"why"`
	Ops        int         `json:"ops"`
	Cycles     estimate    `json:"cycles"`
	Ticks      estimate    `json:"ticks"`
	CorePerTSC number      `json:"core_per_tsc"`
	Samples    int         `json:"samples"`
	Dropped    int         `json:"dropped"`
	Provenance *provenance `json:"provenance,omitempty"`
	Machine    *provenance `json:"machine"`
}

// fidelity is of "fidelity --json" what a matrix keeps.
type fidelity struct {
	Valid        bool      `json:"valid"`
	Faithful     bool      `json:"faithful"`
	Why          string    `json:"why"`
	LiveCycles   number    `json:"live_cycles"`
	LiveCI       *interval `json:"live_ci,omitempty"`
	ReplayCycles number    `json:"replay_cycles"`
	ReplayCI     *interval `json:"replay_ci,omitempty"`
	Ratio        number    `json:"ratio"`
	RatioCI      interval  `json:"ratio_ci"`
	More         *number   `json:"more_cycles,omitempty"`
	MoreCI       *interval `json:"more_ci,omitempty"`
	State        string    `json:"state"`

	// Of several processes, as they were printed.
	Processes    int             `json:"processes,omitempty"`
	Seed         uint64          `json:"seed,omitempty"`
	ByProcess    json.RawMessage `json:"by_process,omitempty"`
	Distribution json.RawMessage `json:"live_distribution,omitempty"`
	Variance     json.RawMessage `json:"variance,omitempty"`
	Provenance   *provenance     `json:"provenance,omitempty"`
}

// spread is of the timings of a live call, in nanoseconds; null where there are too
// few for an interval.
type spread struct {
	Median float64  `json:"median"`
	Lo     *float64 `json:"lo"`
	Hi     *float64 `json:"hi"`
	N      int      `json:"n"`
}

// measuredCall is one scenario under one version of Go.
type measuredCall struct {
	Scenario string    `json:"scenario"`
	Why      string    `json:"why"`
	Record   recorded  `json:"record"`
	Live     *spread   `json:"live_ns"`
	Timings  []float64 `json:"timings_ns,omitempty"`
	Replay   *replayed `json:"replay"`
	Fidelity *fidelity `json:"fidelity"`
}

// toolchain is one version of Go, and one file of scripts/go-matrix.
type toolchain struct {
	Go         string         `json:"go"`
	Why        string         `json:"why"`
	Date       string         `json:"date,omitempty"`
	BenchCount int            `json:"bench_count,omitempty"`
	Asked      []string       `json:"asked,omitempty"`
	Scenarios  []measuredCall `json:"scenarios"`
}

func (t *toolchain) call(scenario string) *measuredCall {
	for i := range t.Scenarios {
		if t.Scenarios[i].Scenario == scenario {
			return &t.Scenarios[i]
		}
	}
	return nil
}

// matrix is all versions, and what scripts/go-matrix publishes as JSON.
type matrix struct {
	Date       string      `json:"date"`
	BenchCount int         `json:"bench_count"`
	Machine    *provenance `json:"machine"`
	Scenarios  []string    `json:"scenarios"`
	Toolchains []toolchain `json:"toolchains"`
}

// medianOf has an interval between order statistics, as benchstat's: those nearest to
// the median between which it lies with a chance of 95 % at least.
func medianOf(timings []float64) *spread {
	n := len(timings)
	if n == 0 {
		return nil
	}
	t := append([]float64(nil), timings...)
	sort.Float64s(t)
	s := &spread{Median: (t[(n-1)/2] + t[n/2]) / 2, N: n}
	// The ways to fall on both sides of the median, of 2^n, that have at most k
	// below.
	ways := new(big.Int)
	most := new(big.Int).Lsh(big.NewInt(1), uint(n))
	for k := 0; k < n/2; k++ {
		ways.Add(ways, new(big.Int).Binomial(int64(n), int64(k)))
		// Twice the chance is a twentieth at most.
		if new(big.Int).Mul(ways, big.NewInt(40)).Cmp(most) > 0 {
			break
		}
		s.Lo, s.Hi = &t[k], &t[n-1-k]
	}
	return s
}

// settle turns measurements into what is published.
func (c *measuredCall) settle() {
	if c.Record != nil {
		c.Record.functionsByName()
	}
	if c.Live == nil {
		c.Live = medianOf(c.Timings)
	}
	if r := c.Replay; r != nil && r.Machine == nil {
		r.Machine, r.Provenance = r.Provenance, nil
	}
	c.Timings = nil
}

// add takes a version in; what all have in common goes to the matrix.
func (m *matrix) add(t toolchain) {
	for i := range t.Scenarios {
		c := &t.Scenarios[i]
		c.settle()
		if m.Machine == nil && c.Replay != nil {
			m.Machine = c.Replay.Machine
		}
		if m.Machine == nil && c.Fidelity != nil {
			m.Machine = c.Fidelity.Provenance
		}
	}
	for _, name := range t.Asked {
		m.ask(name)
	}
	for _, c := range t.Scenarios {
		m.ask(c.Scenario)
	}
	if t.Date > m.Date {
		m.Date = t.Date
	}
	if t.BenchCount > 0 {
		m.BenchCount = t.BenchCount
	}
	t.Date, t.BenchCount, t.Asked = "", 0, nil
	m.Toolchains = append(m.Toolchains, t)
}

// ask adds a scenario that is new.
func (m *matrix) ask(name string) {
	for _, known := range m.Scenarios {
		if known == name {
			return
		}
	}
	m.Scenarios = append(m.Scenarios, name)
}

// published adds a matrix that was written before.
func (m *matrix) published(file string, data []byte) error {
	var many matrix

	if err := decode(file, data, &many); err != nil {
		return err
	}
	for _, t := range many.Toolchains {
		t.Date, t.BenchCount = many.Date, many.BenchCount
		t.Asked = many.Scenarios
		m.add(t)
	}
	return nil
}

// loadMatrix reads one version a file, or a matrix that was published.
func loadMatrix(files []string) (*matrix, error) {
	var all matrix

	for _, file := range files {
		var data json.RawMessage
		var is struct {
			Go         string
			Toolchains []any
		}
		var one toolchain

		if err := load(file, &data); err != nil {
			return nil, err
		}
		err := decode(file, data, &is)
		switch {
		case err != nil:
		case len(is.Toolchains) > 0:
			err = all.published(file, data)
		case is.Go != "":
			err = decode(file, data, &one)
			all.add(one)
		default:
			err = fmt.Errorf("%s: no version of Go in it: give what "+
				"scripts/go-matrix wrote", file)
		}
		if err != nil {
			return nil, err
		}
	}
	return &all, nil
}

// ofMatrix is all versions of some files, in one of three formats.
func ofMatrix(r request) ([]byte, error) {
	formats := map[string]func(*matrix) ([]byte, error){
		"md": (*matrix).markdown, "json": (*matrix).json,
		"svg": (*matrix).chart,
	}

	format, known := formats[r.format]
	if !known {
		return nil, fmt.Errorf("--format %s: unknown: choose md, json or svg",
			r.format)
	}
	m, err := loadMatrix(r.results)
	if err != nil {
		return nil, err
	}
	return format(m)
}

// json is indented, and each call of a version is one line.
func (m *matrix) json() ([]byte, error) {
	type version struct {
		Go        string   `json:"go"`
		Why       string   `json:"why"`
		Scenarios []string `json:"scenarios"` // where each call goes
	}
	var versions []version
	var calls [][]byte

	for _, t := range m.Toolchains {
		v := version{Go: t.Go, Why: t.Why, Scenarios: []string{}}
		for _, c := range t.Scenarios {
			call, err := json.Marshal(c)
			if err != nil {
				return nil, err
			}
			v.Scenarios = append(v.Scenarios,
				fmt.Sprintf("call %d", len(calls)))
			calls = append(calls, call)
		}
		versions = append(versions, v)
	}
	data, err := json.MarshalIndent(struct {
		Date       string      `json:"date"`
		BenchCount int         `json:"bench_count"`
		Machine    *provenance `json:"machine"`
		Scenarios  []string    `json:"scenarios"`
		Toolchains []version   `json:"toolchains"`
	}{m.Date, m.BenchCount, m.Machine, m.Scenarios, versions}, "", "  ")
	for i, call := range calls {
		place := fmt.Sprintf("        \"call %d\"", i)
		data = bytes.Replace(data, []byte(place),
			append([]byte("        "), call...), 1)
	}
	return append(data, '\n'), err
}
