// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
)

func about(n number) interval { return interval{n - 1, n + 1} }

// costing is a path that costs so much with all that it calls, and by itself.
func costing(names string, all, self number) callPath {
	return callPath{Path: strings.Split(names, "|"), Cycles: all,
		CyclesCI: about(all), SelfCycles: self, SelfCyclesCI: about(self),
		SelfOps: 1}
}

func someParts(cycles ...number) []part {
	var parts []part

	for i, c := range cycles {
		parts = append(parts, part{Name: "part " + strconv.Itoa(i), Ops: 1,
			Cycles: c, CyclesCI: about(c), Share: c / 200})
	}
	return parts
}

// planted is a profile of two phases; what a costs itself is negative, as it may be by
// noise, and one name is nasty.
func planted() *profile {
	return &profile{
		Method: "prefix", Valid: true, Sequence: "/some/where/x.trace",
		State: "warm", Backend: "user", Samples: 100,
		Cycles: estimate{200, 198, 202}, Closure: 1,
		Ops: make([]struct{}, 6), Phases: someParts(-3, 203),
		Functions: someParts(100, -3, 30),
		Classes:   []part{{Name: "nothing"}, someParts(7)[0], someParts(7)[0]},
		Paths: []callPath{
			costing("a", -3, -3),
			costing("part 1", 200, 0),
			costing("part 1|main.f", 200, 100),
			costing("part 1|main.f|runtime.g", 70, 60),
			costing("part 1|main.f|"+nasty, 30, 30),
			costing("part 1|main.f|runtime.g|"+nasty, 10, 10),
		},
		Runs:       []stretch{{0, -3}, {2, 100}, {3, 60}, {5, 10}, {4, 30}},
		Provenance: provenance{CPU: "a <CPU> & \"friends\""},
	}
}

// shown is a view of the profile as it is read from a file.
func shown(t *testing.T, draw func(*profile) ([]byte, error), p *profile) []byte {
	t.Helper()
	if err := p.check("planted"); err != nil {
		t.Fatal(err)
	}
	data, err := draw(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestIcicle(t *testing.T) {
	shapes := picture(t, shown(t, icicle, planted()))

	wantText(t, shapes, "x.trace: 200.0 core cycles [198.0, 202.0]",
		"a <CPU> & \"friends\"", "<g&;\\?\"?>", "in main.f", "phases",
		"make up 100.0 %", "6 operations, each prefix measured 100 times",
		"−3.0 ± 1.0", "−1.5 %")
	for name, cycles := range map[string]float64{
		"part 1\n": 200, "main.f\n": 200, "runtime.g\n": 70,
		"<g&;\\?\"?>\n  in main.f": 30, "<g&;\\?\"?>\n  in runtime.g": 10,
	} {
		box := named(shapes, name)
		if len(box) < 2 {
			t.Errorf("%q isn't drawn", name)
		} else if w := box[1].number(t, "width"); math.Abs(w-
			cycles/200*plotWidth) > 0.01 {
			t.Errorf("%q is %v wide", name, w)
		}
	}
	if box := named(shapes, "part 1\n"); box[1].attr("fill") != lookPhase.fill {
		t.Error("a phase looks like a function")
	}
	if named(shapes, "a\n") != nil {
		t.Error("a negative box is drawn")
	}
	if hasText(shapes, "nothing") {
		t.Error("a class without operations is drawn")
	}
}

// One stands below its caller, inside its width, and beside the callee before.
func TestIcicleNests(t *testing.T) {
	shapes := picture(t, shown(t, icicle, planted()))
	outer, inner := named(shapes, "runtime.g\n"), named(shapes,
		"<g&;\\?\"?>\n  in runtime.g")

	if outer[1].number(t, "y")+boxHeight != inner[1].number(t, "y") {
		t.Error("a callee isn't in the row below its caller")
	}
	if outer[1].number(t, "x") != inner[1].number(t, "x") {
		t.Error("the first callee doesn't begin where its caller does")
	}
	next := named(shapes, "<g&;\\?\"?>\n  in main.f")
	end := outer[1].number(t, "x") + outer[1].number(t, "width")
	if math.Abs(next[1].number(t, "x")-end) > 0.02 {
		t.Error("the second callee doesn't begin where the first ends")
	}
}

// If nothing costs anything, or less, a drawing has nothing to share out.
func TestIcicleOfNothing(t *testing.T) {
	for _, cycles := range []number{0, -1, number(math.NaN()),
		number(math.Inf(1))} {
		p := planted()
		for _, parts := range [][]part{p.Functions, p.Phases, p.Classes} {
			for i := range parts {
				parts[i].Cycles, parts[i].Share = cycles, cycles
				parts[i].CyclesCI = interval{cycles, cycles}
			}
		}
		for i := range p.Paths {
			p.Paths[i].SelfCycles = cycles
		}
		wantText(t, picture(t, shown(t, icicle, p)), "x.trace: 200.0")
	}
}

func TestFolded(t *testing.T) {
	const want = "part 1;main.f 100000\n" +
		"part 1;main.f;runtime.g 60000\n" +
		"part 1;main.f;<g&,\\?\"?> 30000\n" +
		"part 1;main.f;runtime.g;<g&,\\?\"?> 10000\n"

	if text := string(shown(t, folded, planted())); text != want {
		t.Errorf("%s", text)
	}
}

func TestSpeedscope(t *testing.T) {
	var f speedscopeFile
	var depths []int

	data := shown(t, speedscope, planted())
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	one := f.Profiles[0]
	if f.Schema != "https://www.speedscope.app/file-format-schema.json" ||
		one.Type != "sampled" || one.Unit != "none" || one.Name == "" {
		t.Errorf("not by the schema: %s", data)
	}
	sum := 0.0
	for i, weight := range one.Weights {
		if want := planted().Runs[i].Cycles.positive(); weight != want {
			t.Errorf("weight %v, not %v", weight, want)
		}
		sum += weight
	}
	if sum != one.EndValue {
		t.Errorf("ends at %v, not at %v", one.EndValue, sum)
	}
	for _, stack := range one.Samples {
		depths = append(depths, len(stack))
		for _, frame := range stack {
			if frame < 0 || frame >= len(f.Shared.Frames) {
				t.Errorf("no frame %d", frame)
			}
		}
	}
	if len(depths) != 5 || depths[0] != 1 || depths[3] != 4 {
		t.Errorf("stacks of %v", depths)
	}
	// Names are frames once each: a, part 1, main.f, runtime.g and the nasty one.
	if len(f.Shared.Frames) != 5 {
		t.Errorf("frames %v", f.Shared.Frames)
	}
}

// A result that an older switchcost wrote is drawn, where it has what is needed.
func TestOlderProfile(t *testing.T) {
	p := planted()
	p.Runs = nil
	shown(t, icicle, p)
	if _, err := speedscope(p); err == nil ||
		!strings.Contains(err.Error(), "profile again") {
		t.Errorf("%v", err)
	}
}

func TestProfileRefused(t *testing.T) {
	for want, spoil := range map[string]func(*profile){
		"not a profile":       func(p *profile) { p.Method = "" },
		"not a profile: give": func(p *profile) { p.Paths = nil },
		"withheld: emulated": func(p *profile) {
			p.Valid, p.Why = false, "emulated"
		},
		"paths[3]: no caller": func(p *profile) { p.Paths[2].Path[1] = "x" },
		"paths[0]: no caller": func(p *profile) { p.Paths[0].Path = nil },
		"paths[5]":            func(p *profile) { p.Paths[5] = p.Paths[4] },
		"runs[1]: no path 6":  func(p *profile) { p.Runs[1].Path = 6 },
		"runs[1]: no path -1": func(p *profile) { p.Runs[1].Path = -1 },
	} {
		p := planted()
		spoil(p)
		if err := p.check("file"); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}
