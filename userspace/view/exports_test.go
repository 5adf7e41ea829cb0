// SPDX-License-Identifier: GPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// export makes a view of files of these texts.
func export(t *testing.T, name string, texts ...string) (string, error) {
	t.Helper()
	r := request{}
	for i, text := range texts {
		file := filepath.Join(t.TempDir(), string(rune('a'+i))+".json")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		r.results = append(r.results, file)
	}
	data, err := views[name](r)
	return string(data), err
}

const replayResult = `{"sequence": "x/nop.trace", "backend": "user", "samples": 400,
	"valid": true, "why": "", "core_per_tsc": 2, "tsc_hz": 1e9,
	"cycles": {"mean": 100, "ci_lo": 99, "ci_hi": 101},
	"back_to_back": {"mean": 80, "ci_lo": 79.5, "ci_hi": 80.5},
	"ticks_quantiles": {"p50": 70, "p95": 90, "p99": null},
	"by_process": [], "provenance": {"cpu": "A, \"B\"", "switchcost": "c0ffee"},
	"trace": {"go": "go1.26.1", "scenario": "nop"}}`

const fidelityResult = `{"live_cycles": 90, "live_ci": [88, 92], "replay_cycles": 91,
	"replay_ci": [90, 92], "core_per_tsc": 1, "valid": true, "samples": 40,
	"by_process": [{"live_cycles": 89, "replay_cycles": 91},
		{"live_cycles": 91, "replay_cycles": null}],
	"trace": {"scenario": "pingpong_locked", "go": "go1.26.1"},
	"provenance": {"cpu": "A"}}`

func TestCSV(t *testing.T) {
	got, err := export(t, "csv", replayResult, fidelityResult)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"file,key,value,ci_lo,ci_hi",
		"a.json,cycles,100,99,101", "a.json,ticks_quantiles.p99,,,",
		`a.json,provenance.cpu,"A, ""B""",,`,
		"a.json,valid,true,,", "b.json,by_process.1.live_cycles,91,,",
	} {
		if !strings.Contains(got, row+"\n") {
			t.Errorf("no row %q in\n%s", row, got)
		}
	}
}

// 100 cycles at 2 GHz are 50 ns; a run of two processes is two lines, but a null none.
func TestGoBench(t *testing.T) {
	got, err := export(t, "bench", replayResult, fidelityResult)
	if err != nil {
		t.Fatal(err)
	}
	want := "goos: linux\ngoarch: amd64\npkg: switchcost\n" +
		"cpu: A, \"B\"\nswitchcost: c0ffee\ngo: go1.26.1\n" +
		"BenchmarkNop/replay/isolated\t400\t100 cycles/op\t50 ns/op\n" +
		"BenchmarkNop/replay/loop\t400\t80 cycles/op\t40 ns/op\n" +
		"goos: linux\ngoarch: amd64\npkg: switchcost\ncpu: A\nswitchcost: \n" +
		"go: go1.26.1\n" +
		"BenchmarkPingpongLocked/live/loop\t20\t89 cycles/op\n" +
		"BenchmarkPingpongLocked/live/loop\t20\t91 cycles/op\n" +
		"BenchmarkPingpongLocked/replay/loop\t20\t91 cycles/op\n"
	if got != want {
		t.Errorf("%s", got)
	}
}

func TestOpenMetrics(t *testing.T) {
	watched := `{"program": "a\\b\"c", "go": "go1.26.1", "calls_per_second": 5,
		"p50_ns": 100, "p95_ns": 2000, "p99_ns": null,
		"functions": [{"name": "f", "p95_ns": 3000}]}`
	got, err := export(t, "openmetrics", replayResult, fidelityResult, watched)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"# TYPE switchcost_call_seconds summary",
		"# UNIT switchcost_call_seconds seconds",
		`switchcost_call_seconds{program="a\\b\"c",go="go1.26.1",function="",quantile="0.95"} 2e-06`,
		`switchcost_call_seconds{program="a\\b\"c",go="go1.26.1",function="f",quantile="0.95"} 3e-06`,
		`switchcost_cycles_high{sequence="Nop",backend="user",context="isolated"} 101`,
		`switchcost_replay_ticks{sequence="Nop",backend="user",quantile="0.5"} 70`,
		`switchcost_valid{sequence="Nop",backend="user"} 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
	if strings.Contains(got, "0.99") || !strings.HasSuffix(got, "\n# EOF\n") {
		t.Errorf("%s", got)
	}
}

func TestExportRefusals(t *testing.T) {
	withheld := `{"sequence": "x", "backend": "user", "valid": false,
		"why": "withheld: emulated", "cycles": {"mean": null, "ci_lo": null,
		"ci_hi": null}}`
	for _, c := range []struct{ view, text, more, want string }{
		{"bench", withheld, "", "withheld: emulated"},
		{"bench", `{"victims": 1}`, "", "neither"},
		{"openmetrics", `{"victims": 1}`, "", "neither"},
		{"openmetrics", replayResult, replayResult, "twice"},
		{"csv", `[1]`, "", "not an object"},
	} {
		texts := []string{c.text}
		if c.more != "" {
			texts = append(texts, c.more)
		}
		_, err := export(t, c.view, texts...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %s: %v", c.view, c.text, err)
		}
	}
}
