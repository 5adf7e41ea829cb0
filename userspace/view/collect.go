// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
)

// A reader takes a result of one kind into the findings; it says whether the result's
// figures may be believed, and where they come from.
type reader func(f *findings, file string, data []byte) (source, error)

// kinds are told apart by keys that the others don't have.
var kinds = []struct {
	name string
	has  []string
	read reader
}{
	{"ruler", []string{"rows", "references"}, (*findings).readRuler},
	{"profile", []string{"method", "paths"}, (*findings).readProfile},
	{"evict", []string{"victims", "sequence"}, (*findings).readEvictions},
	{"claims", []string{"catalogue", "claims"}, (*findings).readClaims},
	{"go-matrix", []string{"toolchains"}, (*findings).readMatrix},
	{"go-matrix", []string{"go", "scenarios"}, (*findings).readMatrix},
	{"explain", []string{"closes_within", "function"}, (*findings).readExplained},
	{"watch", []string{"calls_per_second", "functions"}, (*findings).readWatched},
	{"replay", []string{"ticks_quantiles", "sequence"}, (*findings).readReplayed},
}

// collect reads results of any kinds.
func collect(files []string) (*findings, error) {
	f := &findings{}
	for _, file := range files {
		if err := f.take(file); err != nil {
			return nil, err
		}
	}
	if len(f.rulers) > 0 {
		f.ruler = f.rulers[0]
	}
	return f, nil
}

func (f *findings) take(file string) error {
	var data json.RawMessage
	var keys map[string]json.RawMessage

	if err := load(file, &data); err != nil {
		return err
	}
	if err := decode(file, data, &keys); err != nil {
		return err
	}
next:
	for _, kind := range kinds {
		for _, key := range kind.has {
			if _, there := keys[key]; !there {
				continue next
			}
		}
		s, err := kind.read(f, file, data)
		if err != nil {
			return err
		}
		s.File, s.Kind = filepath.Base(file), kind.name
		f.sources = append(f.sources, s)
		return nil
	}
	return fmt.Errorf("%s: no result that a report shows: give what ruler, profile, "+
		"evict, claims, explain, watch or replay printed with --json, or what "+
		"scripts/go-matrix wrote", file)
}

func (f *findings) readRuler(file string, data []byte) (source, error) {
	var r ruler

	if err := decode(file, data, &r); err != nil {
		return source{}, err
	}
	s := source{Valid: r.Valid, Why: r.Why, Provenance: r.Provenance}
	if !r.Valid {
		return s, nil
	}
	if err := r.check(file); err != nil {
		return s, err
	}
	switch {
	case r.Interrupted:
		s.Why = "ended by a signal: some rows are open"
	case !r.Complete:
		s.Why = "the budget was spent: some rows have fewer turns than others, or none"
	}
	f.rulers = append(f.rulers, &r)
	return s, nil
}

func (f *findings) readProfile(file string, data []byte) (source, error) {
	var p profile

	if err := decode(file, data, &p); err != nil {
		return source{}, err
	}
	s := source{Valid: p.Valid, Why: p.Why, Provenance: p.Provenance}
	if !p.Valid {
		return s, nil
	}
	if err := p.check(file); err != nil {
		return s, err
	}
	f.profiles = append(f.profiles, &p)
	return s, nil
}

func (f *findings) readEvictions(file string, data []byte) (source, error) {
	var e evictions

	if err := decode(file, data, &e); err != nil {
		return source{}, err
	}
	if err := e.check(file); err != nil {
		return source{}, err
	}
	s := source{Valid: true, Provenance: e.Provenance}
	for _, l := range []struct {
		name string
		*level
	}{{"L1d", e.L1d}, {"L2", e.L2}, {"dTLB", e.DTLB}, {"sTLB", e.STLB}} {
		if l.level != nil && !l.Valid {
			s.Why += l.name + " is withheld; "
		}
	}
	f.evictions = append(f.evictions, &e)
	return s, nil
}

func (f *findings) readClaims(file string, data []byte) (source, error) {
	var j judged

	if err := decode(file, data, &j); err != nil {
		return source{}, err
	}
	f.claims = append(f.claims, &j)
	return source{Valid: true, Provenance: j.Provenance}, nil
}

func (f *findings) readMatrix(file string, data []byte) (source, error) {
	m, err := loadMatrix([]string{file})
	if err != nil {
		return source{}, err
	}
	s := source{Valid: true}
	if m.Machine != nil {
		s.Provenance = *m.Machine
	}
	if f.matrix == nil {
		f.matrix = m
		return s, nil
	}
	for _, t := range m.Toolchains {
		t.Asked = m.Scenarios
		f.matrix.add(t)
	}
	return s, nil
}

func (f *findings) readExplained(file string, data []byte) (source, error) {
	var e struct {
		Program  string `json:"program"`
		Function string `json:"function"`
		Valid    bool   `json:"valid"`
		Why      string `json:"why"`
		Live     struct {
			Mean   number `json:"mean_ns"`
			Median number `json:"p50_ns"`
			P99    number `json:"p99_ns"`
		} `json:"live"`
		Provenance provenance `json:"provenance"`
	}

	if err := decode(file, data, &e); err != nil {
		return source{}, err
	}
	f.addYours(yourCall{name: e.Function, from: "explain of " + e.Program,
		mean: e.Live.Mean, median: e.Live.Median, p99: e.Live.P99})
	return source{Valid: e.Valid, Why: e.Why, Provenance: e.Provenance}, nil
}

func (f *findings) readWatched(file string, data []byte) (source, error) {
	var w struct {
		Program   string `json:"program"`
		Why       string `json:"why"`
		Functions []struct {
			Name   string `json:"name"`
			Own    bool   `json:"runtimes_own"`
			Timed  number `json:"timed"`
			Median number `json:"p50_ns"`
			P99    number `json:"p99_ns"`
		} `json:"functions"`
		Provenance provenance `json:"provenance"`
	}

	if err := decode(file, data, &w); err != nil {
		return source{}, err
	}
	// They are in the order of their time: the first that is the program's own.
	for _, one := range w.Functions {
		if !one.Own && one.Timed > 0 {
			f.addYours(yourCall{name: one.Name, from: "watch of " + w.Program,
				mean: number(math.NaN()), median: one.Median, p99: one.P99})
			break
		}
	}
	return source{Valid: true, Why: w.Why, Provenance: w.Provenance}, nil
}

func (f *findings) readReplayed(file string, data []byte) (source, error) {
	var r struct {
		Sequence   string            `json:"sequence"`
		State      string            `json:"state"`
		Valid      bool              `json:"valid"`
		Why        string            `json:"why"`
		Quantiles  map[string]number `json:"ticks_quantiles"`
		TSC        number            `json:"tsc_hz"`
		Provenance provenance        `json:"provenance"`
	}

	if err := decode(file, data, &r); err != nil {
		return source{}, err
	}
	if r.Valid && r.TSC > 0 {
		f.addYours(yourCall{name: baseName(r.Sequence),
			from:   "a replay, alone and " + r.State,
			mean:   number(math.NaN()),
			median: r.Quantiles["p50"] / r.TSC * 1e9,
			p99:    r.Quantiles["p99"] / r.TSC * 1e9})
	}
	return source{Valid: r.Valid, Why: r.Why, Provenance: r.Provenance}, nil
}

// addYours adds a call whose time is known.
func (f *findings) addYours(c yourCall) {
	if c.place() > 0 {
		f.yours = append(f.yours, c)
	}
}
