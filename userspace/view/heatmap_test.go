// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// A made up L1d, and the colours at the ends of the ramp.
const (
	sets    = 64
	ways    = 4
	whole   = "#081d58"
	nothing = "#ffffd9"
)

func share(all bool) *number {
	var n number

	if all {
		n = 1
	}
	return &n
}

// evicting has lines of which those below 8 are lost by measurement, those below
// 16 by the model.
func evicting(lines ...int) *evictions {
	e := &evictions{Sequence: "<a> & \"b\"", Backend: "user",
		Victims: "synthetic", L1d: &level{Valid: true},
		Provenance: provenance{CPU: "c < d & e"}}

	e.L1d.Model.Available = true
	for _, line := range lines {
		e.L1d.Lines = append(e.L1d.Lines, victim{
			Set: json.RawMessage("3"), Line: line,
			Share: share(line < 8), Predicted: share(line < 16)})
	}
	return e
}

func everyLine() []int {
	var lines []int

	for i := 0; i < sets*ways; i++ {
		lines = append(lines, i%sets)
	}
	return lines
}

func drawn(t *testing.T, e *evictions) []shape {
	t.Helper()
	if err := e.check("file"); err != nil {
		t.Fatal(err)
	}
	return picture(t, heatmap(e))
}

// count returns how many cells have a colour, or any.
func count(t *testing.T, shapes []shape, colour string) int {
	n := 0

	for _, s := range shapes {
		if s.attr("class") == "cell" &&
			(colour == "" || s.attr("fill") == colour) {
			n += int(s.number(t, "width") / cellWidth)
		}
	}
	return n
}

func wantCount(t *testing.T, shapes []shape, colour string, want int) {
	t.Helper()
	if n := count(t, shapes, colour); n != want {
		t.Errorf("%d cells of colour %q, not %d", n, colour, want)
	}
}

func TestHeatmapDrawsEachVictimTwice(t *testing.T) {
	shapes := drawn(t, evicting(everyLine()...))

	wantText(t, shapes, "<a> & \"b\": lines", "c < d & e", "L1d, measured: 0 of 256",
		"L1d, predicted")
	wantCount(t, shapes, "", 2*sets*ways)
	wantCount(t, shapes, whole, (8+16)*ways)
	wantCount(t, shapes, nothing, (sets-8+sets-16)*ways)
}

// A level that isn't valid isn't drawn, whatever the shares are.
func TestHeatmapHidesWhatIsWithheld(t *testing.T) {
	e := evicting(everyLine()...)
	e.L1d.Valid = false
	shapes := drawn(t, e)
	wantText(t, shapes, "L1d: not measured")
	wantCount(t, shapes, unknownFill, sets*ways)
	wantCount(t, shapes, whole, 16*ways)
}

// Three lines, two of one set: three cells, not a row.
func TestHeatmapLeavesPlacesEmpty(t *testing.T) {
	e := evicting(1, 63, 1)
	e.Victims = "working-set"
	shapes := drawn(t, e)
	wantText(t, shapes, "touched before the call")
	wantCount(t, shapes, "", 2*3)
	wantCount(t, shapes, whole, 2*2)
	for column, colour := range map[int]string{1: whole, 63: nothing} {
		x, found := mapLeft+float64(column)*cellWidth, false
		for _, s := range shapes {
			found = found || s.attr("class") == "cell" &&
				s.attr("fill") == colour &&
				s.number(t, "x") == x &&
				s.number(t, "width") == cellWidth
		}
		if !found {
			t.Errorf("no cell of %s in column %d", colour, column)
		}
	}
}

func TestHeatmapOfNothingToLose(t *testing.T) {
	shapes := drawn(t, evicting())
	wantCount(t, shapes, "", 0)
	wantText(t, shapes, "nothing to lose")
}

// A single victim of an unknown share is hatched, and the key of older files is
// read, too.
func TestHeatmapShares(t *testing.T) {
	e := evicting(0, 1, 2)
	unknown := number(math.NaN())
	e.L1d.Lines[0].Share = &unknown
	e.L1d.Lines[1].P, e.L1d.Lines[1].Share = e.L1d.Lines[1].Share, nil
	e.L1d.Lines[2].Predicted = nil
	shapes := drawn(t, e)
	wantCount(t, shapes, unknownFill, 2)
	wantCount(t, shapes, whole, 4)
}

// Pages are drawn by age, row after row.
func TestHeatmapOfPages(t *testing.T) {
	e := evicting(0)
	e.L1d, e.DTLB = nil, e.L1d
	e.DTLB.Lines = nil
	for i := 0; i < heatmapColumns+2; i++ {
		e.DTLB.Pages = append(e.DTLB.Pages, victim{
			Share: share(i == heatmapColumns+1), Predicted: share(false)})
	}
	shapes := drawn(t, e)
	wantCount(t, shapes, "", 2*(heatmapColumns+2))
	for _, s := range shapes {
		if s.attr("fill") == whole && s.attr("class") == "cell" &&
			(s.number(t, "x") != mapLeft+cellWidth ||
				s.number(t, "y") != heatmapHead+mapTitle+tallestCell) {
			t.Errorf("the last page is at %v, %v", s.attr("x"),
				s.attr("y"))
		}
	}
}

// If the oracle was asked about a TLB, too, timing's verdicts are drawn.
func TestHeatmapBesideTheOracle(t *testing.T) {
	e := evicting(0)
	if err := json.Unmarshal([]byte(`{"dtlb": {"pages_evicted": 7},
		"by_timing": {"dtlb": {"valid": true, "pages_evicted": 1,
		"pages": [{"evicted_share": 1, "predicted": null}]},
		"stlb": null}}`), e); err != nil {
		t.Fatal(err)
	}
	shapes := drawn(t, e)
	wantText(t, shapes, "first level, measured: 1 of 1 pages evicted",
		"first level, predicted: not modelled")
	wantCount(t, shapes, whole, 3)
	if hasText(shapes, "second level") {
		t.Error("a level that wasn't timed is drawn")
	}
}

func TestEvictionsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*evictions){
		"no evictions":      func(e *evictions) { e.Victims = "" },
		"nothing was timed": func(e *evictions) { e.L1d = nil },
		"lines[0]":          func(e *evictions) { e.L1d.Lines[0].Line = 64 },
		"no line -1":        func(e *evictions) { e.L1d.Lines[0].Line = -1 },
	} {
		e := evicting(0)
		spoil(e)
		if err := e.check("file"); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}
