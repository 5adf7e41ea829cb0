// SPDX-License-Identifier: GPL-2.0

package main

import (
	"strings"
	"testing"
)

const someClaims = `{"catalogue": {"name": "c", "hash": "h"},
 "provenance": {"cpu": "a CPU"}, "control": {"tested": 1, "withdrawn": 0},
 "claims": [
  {"id": "a", "verdict": "refuted", "as_far_as_it_means": "refuted",
   "measured": 12.345, "ci": [12.1, 12.6], "predicted": "about 40 ns",
   "why": "w", "sentence": "It takes 40 ns.", "source": "s", "unit": "ns",
   "levels": ["calls", "processes"], "context": "live calls", "draws": 6,
   "flips_if_moved_by": 21.9, "explain": "It took {measured}, and {cold one}.",
   "cases": [{"name": "cold one", "verdict": "refuted", "measured": 500,
     "ci": [400, 600]}]},
  {"id": "b", "verdict": "not measurable", "measured": null, "ci": [null, null],
   "predicted": "it is there", "why": "nobody can", "sentence": "S.",
   "source": "s", "flips_if_moved_by": null, "draws": 0}]}`

func TestClaims(t *testing.T) {
	page := string(mustClaims(t, someClaims))
	for _, want := range []string{
		"| refuted | 1 |", "| supported | 0 |",
		"| It takes 40 ns. | refuted | about 40 ns | 12.3 [12.1, 12.6] ns |",
		"It took 12.3 [12.1, 12.6] ns, and 500 [400, 600] ns.",
		"the interval contains calls and processes",
		"move by 21.9 ns", "Why: nobody can.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q isn't in\n%s", want, page)
		}
	}
	if strings.Contains(page, "NaN") {
		t.Error("an unknown figure is printed as a number")
	}
}

// A claim that was judged for several versions has a row of theirs, and its paragraph
// speaks of the newest.
func TestVersions(t *testing.T) {
	page := string(mustClaims(t, strings.Replace(someClaims, `"cases": [{`,
		`"versions": [{"go": "1.19", "verdict": "supported"},
		  {"go": "1.27", "verdict": "refuted"}],
		 "cases": [{"name": "Go 1.19: cold one", "go": "1.19", "measured": 40,
		   "ci": [40, 40]}, {"go": "1.27", `, 1)))
	for _, want := range []string{
		"| claim | Go 1.19 | Go 1.27 |\n| --- | --- | --- |\n",
		"| It takes 40 ns. | supported | refuted |", "and 500 [400, 600] ns.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q isn't in\n%s", want, page)
		}
	}
	if strings.Contains(string(mustClaims(t, someClaims)), "By version") {
		t.Error("a table of no versions")
	}
}

func mustClaims(t *testing.T, text string) []byte {
	t.Helper()
	var j judged
	if err := decode("claims", []byte(text), &j); err != nil {
		t.Fatal(err)
	}
	return j.markdown()
}

func TestFigure(t *testing.T) {
	for n, want := range map[number]string{
		0: "0", 5: "5", 0.4567: "0.457", 12.345: "12.3", 1234.5: "1234",
		-0.02: "−0.0200", 320000: "320000",
	} {
		if got := figure(n); got != want {
			t.Errorf("%v is %q, not %q", float64(n), got, want)
		}
	}
}
