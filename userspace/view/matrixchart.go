// SPDX-License-Identifier: GPL-2.0

package main

import "fmt"

// Pixels of a chart, besides those of its panels.
const (
	chartHead  = 82.0
	chartFoot  = 30.0
	chartPanel = 52.0 // above a panel's rows: name, unit, numbers of the axis
	chartNames = 90.0
	chartValue = 130.0 // a column of figures in digits
)

// series is how one of a call's two costs is drawn.
type series struct {
	text string
	fill string
	rise float64 // from the middle of its row, so that both are seen
	y    float64 // of its values' column
	of   func(*measuredCall) (number, interval, bool)
}

// allSeries are a call's cost in its two contexts.
var allSeries = []series{
	{"isolated (replay)", "#225ea8", -4, lastValue - chartValue, isolatedOf},
	{"in a loop (live call)", "#e6550d", 4, lastValue, inLoopOf},
}

// isolatedOf is a replay's cycles, if they aren't withheld.
func isolatedOf(c *measuredCall) (number, interval, bool) {
	if c.Replay == nil || !c.Replay.Valid {
		return 0, interval{}, false
	}
	return c.Replay.Cycles.Mean, c.Replay.Cycles.interval(), true
}

// inLoopOf is a live call's. An older file doesn't have its interval, and a figure
// without its interval isn't drawn.
func inLoopOf(c *measuredCall) (number, interval, bool) {
	if c.Fidelity == nil || !c.Fidelity.Valid || c.Fidelity.LiveCI == nil {
		return 0, interval{}, false
	}
	return c.Fidelity.LiveCycles, *c.Fidelity.LiveCI, true
}

// chartOf is a matrix being drawn.
type chartOf struct {
	canvas
	*matrix
}

// axisOf holds all that is drawn of a scenario.
func (d *chartOf) axisOf(scenario string) axis {
	a := axis{left: margin + chartNames,
		width: plotWidth - chartNames - 2*chartValue}

	for i := range d.Toolchains {
		c := d.Toolchains[i].call(scenario)
		for _, s := range allSeries {
			if c == nil {
				continue
			}
			if mean, ci, ok := s.of(c); ok {
				a.stretch(ci)
				a.stretch(interval{mean, mean})
			}
		}
	}
	return a
}

// dot draws one figure with its interval.
func (d *chartOf) dot(a axis, s series, c *measuredCall, y float64) bool {
	mean, ci, ok := s.of(c)
	if !ok || !mean.known() {
		d.text(s.y, y+4, "end", "–")
		return false
	}
	d.begin(fmt.Sprintf("%s: %s core cycles", s.text,
		withInterval(mean, ci, 1)))
	d.put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\" "+
		"stroke=\"#333\" stroke-width=\"0.6\"/>\n", a.at(mean), y+s.rise,
		s.fill)
	d.whisker(a, ci, y+s.rise)
	d.text(s.y, y+4, "end", "%s ± %s", mean, ci.half())
	d.end()
	return true
}

// row draws a version: figures, or the reason why there are none.
func (d *chartOf) row(a axis, t *toolchain, scenario string, y float64) {
	drawn := false

	d.text(margin, y+4, "", "%s", shorten(t.Go, chartNames))
	if c := t.call(scenario); c != nil {
		for _, s := range allSeries {
			drawn = d.dot(a, s, c, y) || drawn
		}
	}
	if !drawn {
		d.text(a.left+6, y+4, "tick", "%s", shorten("not measured: "+
			t.reason(scenario), a.width))
	}
}

// panel draws a scenario and returns where it ends.
func (d *chartOf) panel(scenario string, y float64) float64 {
	a := d.axisOf(scenario)
	top := y + chartPanel
	bottom := top + rowHeight*float64(len(d.Toolchains))

	d.text(margin, y+20, "head", "%s", scenario)
	d.text(margin, top-8, "tick", "version of Go")
	for _, s := range allSeries {
		d.text(s.y, top-8, "tick end", "%s", s.text)
	}
	if a.empty() {
		a.highest = 1 // the reasons why have their place on it
	} else {
		d.text(a.left+a.width/2, y+24, "middle", "core cycles of a call")
		d.axis(a, top-4, bottom)
	}
	for i := range d.Toolchains {
		d.row(a, &d.Toolchains[i], scenario,
			top+rowHeight*(float64(i)+0.5))
	}
	return bottom
}

func (d *chartOf) legend(y float64) {
	x := margin
	for _, s := range allSeries {
		d.put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\" "+
			"stroke=\"#333\" stroke-width=\"0.6\"/>\n", x+5, y-4, s.fill)
		d.text(x+15, y, "tick", "%s", s.text)
		x += 40 + character*float64(len(s.text))
	}
	d.text(lastValue, y, "tick end", "a line is an interval of 95 %%")
}

// chart draws a call's cycles with their intervals by version, a panel a scenario.
func (m *matrix) chart() ([]byte, error) {
	const title = "The cost of a call, by Go version"

	d := chartOf{matrix: m}
	d.text(margin, 28, "title", title)
	d.text(margin, 46, "", "Isolated, a call is measured from when all before "+
		"it is complete to when all of it is; in a loop, it overlaps its "+
		"neighbours.")
	d.legend(chartHead - 12)
	y := chartHead
	for _, scenario := range m.Scenarios {
		y = d.panel(scenario, y)
	}
	d.text(margin, y+20, "note", "%s", m.where())
	return d.document(pageWidth, y+chartFoot, title), nil
}
