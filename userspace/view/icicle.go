// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Pixels of the call paths and of the panels below them.
const (
	icicleHead  = 82.0 // title, subtitle and legend
	icicleFoot  = 46.0 // where and how it was measured
	boxHeight   = 24.0
	barHeight   = 11.0
	panelHead   = 34.0
	nameWidth   = 270.0
	valuesWidth = 190.0
	firstValue  = lastValue - 62
	smallestBox = 0.3 // that is drawn
	labelMargin = 4.0
)

// look is how a box shows whose code it stands for. Fills are light enough for black
// letters on them, and differ by lightness, too (ColorBrewer's and Okabe and Ito's
// advice).
type look struct{ fill, edge, text string }

var (
	lookRuntime = look{"#9ecae1", "#4f7f9b", "Go runtime"}
	lookGo      = look{"#fee6b0", "#b08d3e", "other Go"}
	lookC       = look{"#e7b5a5", "#9c5f4d", "C and others"}
	lookPhase   = look{"#dedede", "#8a8a8a", "phase, class"}
)

// lookOf goes by the look of a function's name.
func lookOf(name string) look {
	if name == unnamed {
		return lookPhase
	}
	for _, prefix := range []string{"runtime.", "runtime/",
		"internal/runtime", "gosave", "gogo"} {
		if strings.HasPrefix(name, prefix) {
			return lookRuntime
		}
	}
	if strings.Contains(name, ".") {
		return lookGo
	}
	return lookC
}

// icicleOf is a profile being drawn.
type icicleOf struct {
	canvas
	*profile
	widths []float64 // of each path, cycles drawn
	total  float64   // cycles drawn in all
	depth  int       // rows of boxes
	scale  axis      // of the panels
}

// boxWidth is how wide a path's box is, in pixels.
func (d *icicleOf) boxWidth(path int) float64 {
	if d.total <= 0 {
		return 0
	}
	return d.widths[path] / d.total * plotWidth
}

// findWidths sums up what is drawn of each path: what it does itself, which noise may
// make negative where it is next to nothing, and its callees.
func (d *icicleOf) findWidths() {
	d.widths = make([]float64, len(d.Paths))
	// Callees come after their callers.
	for i := len(d.Paths) - 1; i >= 0; i-- {
		d.widths[i] += d.Paths[i].SelfCycles.positive()
		if parent := d.parents[i]; parent >= 0 {
			d.widths[parent] += d.widths[i]
		} else {
			d.total += d.widths[i]
		}
	}
	for i, path := range d.Paths {
		if d.boxWidth(i) >= smallestBox && len(path.Path) > d.depth {
			d.depth = len(path.Path)
		}
	}
}

func (d *icicleOf) isPhase(path callPath) bool {
	if len(path.Path) != 1 {
		return false
	}
	for _, phase := range d.Phases {
		if phase.Name == path.Path[0] {
			return true
		}
	}
	return false
}

func (d *icicleOf) head() {
	d.text(margin, 28, "title", "%s: %s core cycles [%s, %s]",
		baseName(d.Sequence), d.Cycles.Mean, d.Cycles.Lo, d.Cycles.Hi)
	d.text(margin, 46, "", "Isolated: from when all before it is complete "+
		"to when all of it is. The parts make up %s %% of the "+
		"whole.", d.Closure*100)
	x := margin
	for _, l := range []look{lookRuntime, lookGo, lookC, lookPhase} {
		d.rect(x, icicleHead-21, 14, 10, l.fill, l.edge)
		d.text(x+19, icicleHead-12, "tick", "%s", l.text)
		x += 42 + character*float64(len(l.text))
	}
	d.text(lastValue, icicleHead-12, "tick end",
		"call paths; width: core cycles, callees below")
}

func (d *icicleOf) foot(y float64) {
	d.text(margin, y+16, "note", "%d operations, each prefix measured %d "+
		"times; %s backend, state %s; intervals of 95 %%", len(d.Ops),
		d.Samples, d.Backend, d.State)
	d.text(margin, y+30, "note", "%s", d.Provenance)
}

// figures says in digits what a box or a bar shows.
func figures(cycles number, ci interval, share number, shareCI interval) string {
	return fmt.Sprintf("%.2f cycles [%.2f, %.2f], %s %% [%s, %s]",
		float64(cycles), float64(ci[0]), float64(ci[1]), share*100,
		shareCI[0]*100, shareCI[1]*100)
}

// tooltip names a path from its last function outwards, and what it costs.
func tooltip(p callPath) []string {
	lines := []string{p.name()}
	for i := len(p.Path) - 2; i >= 0; i-- {
		lines = append(lines, "  in "+p.Path[i])
	}
	itself := fmt.Sprintf("itself: %.2f cycles [%.2f, %.2f]",
		float64(p.SelfCycles), float64(p.SelfCyclesCI[0]),
		float64(p.SelfCyclesCI[1]))
	if p.SelfOps > 0 {
		itself += fmt.Sprintf(", %d operations", p.SelfOps)
	}
	return append(lines, "with all it calls: "+
		figures(p.Cycles, p.CyclesCI, p.Share, p.ShareCI), itself)
}

// boxLabel is a name with its cycles; where that is too long, less of it.
func boxLabel(name string, cycles number, width float64) string {
	room := width - 2*labelMargin
	_, function, packaged := strings.Cut(name, ".")
	labels := []string{fmt.Sprintf("%s  %s", name, cycles), name}

	// The colour says which package.
	if packaged && function != "" {
		labels = append(labels, function)
	}
	for _, label := range labels {
		if float64(utf8.RuneCountInString(label))*character <= room {
			return label
		}
	}
	return shorten(labels[len(labels)-1], room)
}

// path draws a path's box at x, and all that it calls below it.
func (d *icicleOf) path(i int, x float64) {
	path, width := d.Paths[i], d.boxWidth(i)
	y := icicleHead + boxHeight*float64(len(path.Path)-1)
	l := lookOf(path.name())

	if width < smallestBox {
		return
	}
	if d.isPhase(path) {
		l = lookPhase
	}
	d.begin(tooltip(path)...)
	d.rect(x, y, width, boxHeight-2, l.fill, l.edge)
	if label := boxLabel(path.name(), path.Cycles, width); label != "" {
		d.text(x+labelMargin, y+boxHeight-9, "label", "%s", label)
	}
	d.end()
	d.callees(i, x)
}

// callees draws what a path calls, in order of first execution; of -1 the outermost
// paths.
func (d *icicleOf) callees(of int, x float64) {
	for i := range d.Paths {
		if d.parents[i] == of {
			d.path(i, x)
			x += d.boxWidth(i)
		}
	}
}

// filled leaves out parts that have no operation.
func filled(parts []part) []part {
	var some []part

	for _, part := range parts {
		if part.Ops > 0 {
			some = append(some, part)
		}
	}
	return some
}

// bar draws a part's cycles from zero, and their interval over that.
func (d *icicleOf) bar(p part, l look, y float64) {
	middle := y + rowHeight/2

	d.begin(fmt.Sprintf("%s: %s, %d operations", p.Name,
		figures(p.Cycles, p.CyclesCI, p.Share, p.ShareCI), p.Ops))
	if p.Cycles.known() {
		zero, end := d.scale.at(0), d.scale.at(p.Cycles)
		d.rect(math.Min(zero, end), middle-barHeight/2,
			math.Abs(end-zero), barHeight, l.fill, l.edge)
	}
	d.whisker(d.scale, p.CyclesCI, middle)
	d.text(margin, middle+4, "", "%s", shorten(p.Name, nameWidth))
	d.text(firstValue, middle+4, "end", "%s ± %s", p.Cycles,
		p.CyclesCI.half())
	d.text(lastValue, middle+4, "end", "%s %%", p.Share*100)
	d.end()
}

// panel draws parts below one another and returns where it ends. One part alone says
// nothing.
func (d *icicleOf) panel(title string, parts []part, y float64,
	lookOf func(string) look) float64 {
	parts = filled(parts)
	if len(parts) < 2 {
		return y
	}
	bottom := y + panelHead + float64(len(parts))*rowHeight
	d.text(margin, y+panelHead-8, "head", "%s", title)
	d.text(firstValue, y+panelHead-8, "end", "cycles")
	d.text(lastValue, y+panelHead-8, "end", "share")
	d.axis(d.scale, y+panelHead-4, bottom)
	for i, part := range parts {
		d.bar(part, lookOf(part.Name),
			y+panelHead+float64(i)*rowHeight)
	}
	return bottom
}

// icicle draws, above, call paths: a box is as wide as what it costs with all that it
// calls, and stands below its caller; callees in order of first execution, what a
// function does itself at the right. A negative cost takes no width. Below, phases,
// functions and classes by themselves, negative ones too, with intervals. Each box
// says its figures when it is pointed at.
func icicle(p *profile) ([]byte, error) {
	d := icicleOf{profile: p, scale: axis{left: margin + nameWidth,
		width: plotWidth - nameWidth - valuesWidth}}
	inGrey := func(string) look { return lookPhase }

	d.findWidths()
	for _, parts := range [][]part{p.Phases, p.Functions, p.Classes} {
		for _, part := range parts {
			d.scale.stretch(part.CyclesCI)
		}
	}
	d.head()
	d.callees(-1, margin)
	y := icicleHead + float64(d.depth)*boxHeight
	if !d.scale.empty() {
		y = d.panel("phases", p.Phases, y, inGrey)
		y = d.panel("functions, without callees", p.Functions, y, lookOf)
		y = d.panel("classes of operations", p.Classes, y, inGrey)
	}
	d.foot(y)
	return d.document(pageWidth, y+icicleFoot, baseName(p.Sequence)), nil
}
