// SPDX-License-Identifier: GPL-2.0

package main

import "fmt"

// unnamed stands for operations of no named function.
const unnamed = "(no function)"

// part is a function, a phase or a class of operations.
type part struct {
	Name     string   `json:"name"`
	Ops      int      `json:"ops"`
	Cycles   number   `json:"cycles"`
	CyclesCI interval `json:"cycles_ci"`
	Share    number   `json:"share"`
	ShareCI  interval `json:"share_ci"`
}

// callPath is a function by the way to it, the outermost first: with all that it
// calls, and by itself. Callers come before what they call.
type callPath struct {
	Path         []string `json:"path"`
	Cycles       number   `json:"cycles"`
	CyclesCI     interval `json:"cycles_ci"`
	Share        number   `json:"share"`
	ShareCI      interval `json:"share_ci"`
	SelfCycles   number   `json:"self_cycles"`
	SelfCyclesCI interval `json:"self_cycles_ci"`
	SelfOps      int      `json:"self_ops"`
}

func (p callPath) name() string {
	return p.Path[len(p.Path)-1]
}

// stretch is operations one after another on one call path.
type stretch struct {
	Path   int    `json:"path"`
	Cycles number `json:"cycles"`
}

// ablated is a class of operations, and what the call takes less without it.
type ablated struct {
	Name    string   `json:"name"`
	Ops     int      `json:"ops"`
	Removed estimate `json:"removed_cycles"`
	Prefix  estimate `json:"prefix_cycles"`
	Share   number   `json:"share"`
	ShareCI interval `json:"share_ci"`
}

// ablation is what "switchcost profile --ablate" adds to a profile.
type ablation struct {
	Valid   bool      `json:"valid"`
	Why     string    `json:"why"`
	Classes []ablated `json:"classes"`
	Whole   estimate  `json:"whole_cycles"`
}

// profile is what "switchcost profile --json" prints, as far as views need it.
type profile struct {
	Method     string     `json:"method"`
	Valid      bool       `json:"valid"`
	Why        string     `json:"why"`
	Sequence   string     `json:"sequence"`
	State      string     `json:"state"`
	Backend    string     `json:"backend"`
	Samples    int        `json:"samples_each"`
	Cycles     estimate   `json:"cycles"`
	Closure    number     `json:"closure"`
	Functions  []part     `json:"functions"`
	Classes    []part     `json:"classes"`
	Phases     []part     `json:"phases"`
	Paths      []callPath `json:"paths"`
	Runs       []stretch  `json:"runs"`
	Ops        []struct{} `json:"ops"`
	Provenance provenance `json:"provenance"`
	Ablation   ablation   `json:"ablation"`

	parents []int // of each path: index of its caller's, or -1
}

// findParents also sees whether the paths are what they have to be.
func (p *profile) findParents(file string) error {
	const nameEnds = "\x00"
	seen := map[string]int{"": -1}

	for i, path := range p.Paths {
		key, caller := "", ""
		for _, name := range path.Path {
			caller = key
			key += name + nameEnds
		}
		parent, known := seen[caller]
		if _, twice := seen[key]; !known || twice {
			return fmt.Errorf("%s: paths[%d]: no caller before it, or "+
				"there twice: profile again", file, i)
		}
		seen[key] = i
		p.parents = append(p.parents, parent)
	}
	for i, run := range p.Runs {
		if run.Path < 0 || run.Path >= len(p.Paths) {
			return fmt.Errorf("%s: runs[%d]: no path %d: profile again",
				file, i, run.Path)
		}
	}
	return nil
}

// check refuses figures that people would believe if they were drawn.
func (p *profile) check(file string) error {
	if p.Method != "prefix" || len(p.Paths) == 0 {
		return fmt.Errorf("%s: not a profile: give what "+
			"switchcost profile --json printed", file)
	}
	if !p.Valid {
		return fmt.Errorf("%s: its figures are withheld: %s: profile again",
			file, p.Why)
	}
	return p.findParents(file)
}

// ofProfile is a view of one profile.
func ofProfile(draw func(*profile) ([]byte, error)) view {
	return func(r request) ([]byte, error) {
		var p profile

		file := r.results[0]
		if err := load(file, &p); err != nil {
			return nil, err
		}
		if err := p.check(file); err != nil {
			return nil, err
		}
		data, err := draw(&p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return data, nil
	}
}
