// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Two versions, one of which couldn't be built; of the other one call's figures are
// withheld.
const (
	oneVersion = `{"go": "1.20", "date": "2026-01-02", "bench_count": 6,
		"asked": ["nop", "add"], "why": "", "scenarios": [
		{"scenario": "nop", "why": "", "timings_ns": [9, 1, 2, 3, 4, 5],
		 "record": {"instructions": 274, "atomics": 2, "data_lines": 28,
			"functions": [{"name": "f", "instructions": 3}],
			"variants": [{"instructions": 274, "count": 15},
				{"instructions": 300, "count": 2}]},
		 "replay": {"valid": true, "why": "", "cycles": {"mean": 100,
			"ci_lo": 90, "ci_hi": 120}, "provenance": {"cpu": "X|Y",
			"hypervisor": "none"}},
		 "fidelity": {"valid": true, "faithful": true, "why": "",
			"live_cycles": 50, "live_ci": [40, 60], "ratio": 1,
			"ratio_ci": [0.99, 1.01]}},
		{"scenario": "add", "why": "", "timings_ns": [],
		 "record": {"instructions": 5, "functions": []},
		 "replay": {"valid": false, "why": "emulated",
			"cycles": {"mean": null, "ci_lo": null, "ci_hi": null}},
		 "fidelity": null}]}`
	failedVersion = `{"go": "1.21", "asked": ["nop", "add"],
		"why": "no <such> | version", "scenarios": []}`
)

// matrixOf is the view of some files in a format.
func matrixOf(t *testing.T, format string, texts ...string) []byte {
	t.Helper()
	r := request{format: format}
	for i, text := range texts {
		file := filepath.Join(t.TempDir(), string(rune('a'+i)))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.results = append(r.results, file)
	}
	data, err := ofMatrix(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMedian(t *testing.T) {
	var few, many []float64

	for i := 1; i <= 20; i++ {
		many = append(many, float64(21-i))
		if i <= 5 {
			few = append(few, float64(i))
		}
	}
	if medianOf(nil) != nil {
		t.Error("a median of nothing")
	}
	// No two of 5 enclose it in 19 of 20 cases.
	if s := medianOf(few); s.Median != 3 || s.Lo != nil || s.Hi != nil || s.N != 5 {
		t.Errorf("%+v", s)
	}
	if s := medianOf(append(few, 6)); s.Median != 3.5 || *s.Lo != 1 || *s.Hi != 6 {
		t.Errorf("%+v", s)
	}
	// Tables of the sign test have the 6th and the 15th of 20.
	if s := medianOf(many); s.Median != 10.5 || *s.Lo != 6 || *s.Hi != 15 {
		t.Errorf("%v to %v", *s.Lo, *s.Hi)
	}
}

func TestMarkdown(t *testing.T) {
	text := string(matrixOf(t, "md", oneVersion, failedVersion))

	for _, want := range []string{
		"X|Y, none, 2026-01-02", "median of\n6 timings", "\n## nop\n", "\n## add\n",
		"| 1.20 | 274 | 2 | 28 | - | - | - | 3.5 | 100.0 [90.0, 120.0] | " +
			"1.000 [0.990, 1.010] | 274 x15, 300 x2 |\n",
		"| 1.20 | 5 | - | - | - | - | - | - | - | - | ; emulated |\n",
		"| 1.21 | - | - | - | - | - | - | - | - | - | no <such> , version |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Of Student's tables; and two values, whose interval is known.
func TestMeanOf(t *testing.T) {
	if q := quantileT(40); q < 2.020 || q > 2.022 {
		t.Errorf("of 40: %v", q)
	}
	mean, half := meanOf([]float64{1, 3})
	if mean != 2 || half < 12.705 || half > 12.707 {
		t.Errorf("%v ± %v", mean, half)
	}
	if _, half := meanOf([]float64{1}); half == half {
		t.Errorf("of one: ± %v", half)
	}
}

func TestFaithful(t *testing.T) {
	const version = `{"go": "1.27", "asked": ["nop", "usleep"], "why": "", "scenarios": [
		{"scenario": "nop", "why": "", "record": {"instructions": 1, "functions": []},
		 "fidelity": {"valid": true, "faithful": true, "why": "", "ratio": 1,
			"live_cycles": 90, "ratio_ci": [0.99, 1.01], "processes": 12, "seed": 9007199254740991,
			"by_process": [{"ratio": 1}], "provenance": {"cpu": "X"}}},
		{"scenario": "add", "why": "", "record": {"instructions": 1, "functions": []},
		 "fidelity": {"valid": true, "faithful": false, "why": "not so", "ratio": 1.2,
			"live_cycles": 40, "ratio_ci": [1.19, 1.21], "processes": 12}},
		{"scenario": "ret", "why": "", "record": {"instructions": 1, "functions": []},
		 "fidelity": {"valid": true, "faithful": true, "why": "", "ratio": 0.5,
			"live_cycles": 6, "ratio_ci": [0.4, 0.6], "processes": 12}},
		{"scenario": "usleep", "why": "waits", "record": null, "fidelity": null}]}`
	text := string(matrixOf(t, "md", version))

	for _, want := range []string{
		"X, , ", "| nop | 1.000 [0.990, 1.010] yes |\n",
		"| add | 1.200 [1.190, 1.210] no |\n", "| usleep | waits |\n",
		"| mean ln ratio | 0.091 ± 1.158 (2) |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := string(matrixOf(t, "md", oneVersion)); strings.Contains(text, "Is the") {
		t.Errorf("processes in\n%s", text)
	}
	// A published matrix can be read again, with the figures of each process.
	json := string(matrixOf(t, "json", version))
	if again := string(matrixOf(t, "json", json)); again != json ||
		!strings.Contains(json, `"by_process":[{"ratio":1}]`) ||
		!strings.Contains(json, "9007199254740991") {
		t.Errorf("%s\nbecame\n%s", json, again)
	}
}

func TestChart(t *testing.T) {
	shapes := picture(t, matrixOf(t, "svg", oneVersion, failedVersion))

	wantText(t, shapes, "nop", "add", "1.20", "1.21", "100.0 ± 15.0",
		"50.0 ± 10.0", "not measured: no <such> | version",
		"not measured: emulated", "core cycles of a call", "X|Y")
	// Each figure stands on the axis where its number does.
	at := map[string]float64{}
	for _, s := range shapes {
		if s.attr("class") == "tick middle" {
			at[s.text] = s.number(t, "x")
		}
		if s.Name.Local == "line" && len(at) == 7 {
			break // the first panel's last
		}
	}
	scale := (at["100"] - at["0"]) / 100
	for name, cycles := range map[string]float64{
		"isolated (replay): 100.0": 100, "in a loop (live call): 50.0": 50} {
		dot := named(shapes, name)
		if dot == nil {
			t.Errorf("no dot %s", name)
			continue
		}
		x := dot[1].number(t, "cx")
		if want := at["0"] + cycles*scale; x < want-0.2 || x > want+0.2 {
			t.Errorf("%s at %v, not %v", name, x, want)
		}
	}
}

// A published matrix is read again as it was written.
func TestPublished(t *testing.T) {
	first := matrixOf(t, "json", oneVersion, failedVersion)
	second := matrixOf(t, "json", string(first))
	var m matrix

	if string(first) != string(second) {
		t.Errorf("%s\n%s", first, second)
	}
	if err := json.Unmarshal(first, &m); err != nil {
		t.Fatal(err)
	}
	functions, _ := m.Toolchains[0].Scenarios[0].Record["functions"].(map[string]any)
	if functions["f"] != 3.0 {
		t.Errorf("functions %v", functions)
	}
	if m.Machine == nil || m.Machine.CPU != "X|Y" || len(m.Scenarios) != 2 {
		t.Errorf("%+v", m)
	}
}
