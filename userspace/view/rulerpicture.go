// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// rulerLook is where things are on a ruler, in pixels: one for screens, and one for
// phones and narrow columns.
type rulerLook struct {
	name      string
	width     float64
	left      float64 // of the axis
	right     float64
	names     float64 // of a row's name, from the top of the row
	line      float64 // of its baseline
	row       float64 // its height
	columns   []float64
	flagsFrom float64 // of the first lane of claims, from the top of its row
	everyOnly int     // so many powers of ten have one number
	linked    string  // on which claims are; "": this one
}

// linkedTo is the same whose links lead to another page.
func (l rulerLook) linkedTo(page string) rulerLook {
	l.linked = page
	return l
}

var (
	wideRuler = rulerLook{name: "wide", width: 1180, left: 252, right: 820,
		names: 11, line: 19, row: 28, flagsFrom: 2, everyOnly: 1,
		columns: []float64{886, 958, 1018, 1090, 1174}}
	narrowRuler = rulerLook{name: "narrow", width: 380, left: 8, right: 372,
		names: 13, line: 40, row: 62, flagsFrom: 18, everyOnly: 2}
)

// Pixels of all rulers.
const (
	liveHeight    = 15.0
	replayDepth   = 6.0
	referenceLane = 13.0
	flagRadius    = 5.5
	flagLane      = 12.0 // of one claim, above a row's shape
	letter        = 5.7  // of a claim's sentence
	column        = 2    // of a shape
)

// The span of the axis.
const (
	rulerLowest  = 1.0   // ns
	rulerHighest = 100e6 // ns
)

// rulerStyle is that of a ruler besides the style of all pictures. Blue and orange are
// told apart by all eyes, and each stands on its own side of the line.
const rulerStyle = `.live { fill: #1f6fb4; stroke: #1f6fb4; stroke-width: 0.6 } ` +
	`.median { stroke: #0b3c66; stroke-width: 2 } ` +
	`.reach { stroke: #1f6fb4; stroke-width: 1.2; fill: none } ` +
	`.loop { fill: #fff; stroke: #0b3c66; stroke-width: 1.3 } ` +
	`.replay { fill: #d95f02; stroke: none } ` +
	`.replayreach { stroke: #d95f02; stroke-width: 1.2; fill: none } ` +
	`.base { stroke: #bbb; stroke-width: 0.7 } ` +
	`.band { fill: #f4f6f8 } .strong { font-weight: bold } ` +
	`.reference { stroke: #777; stroke-width: 0.8; stroke-dasharray: 2 3 } ` +
	`.referencename { font-size: 10px; fill: #555 } ` +
	`.missing { font-size: 11px; fill: #777; font-style: italic } ` +
	`.yours { stroke: #a3195b; stroke-width: 1.6; fill: none } ` +
	`.yourfill { fill: #a3195b; stroke: none } ` +
	`.yourname { fill: #a3195b; font-weight: bold } ` +
	`.pole { stroke-width: 1.2; fill: none } ` +
	`.mark { font-size: 8px; font-weight: bold; text-anchor: middle; fill: #fff } ` +
	`.claim { font-size: 10px; fill: #333; stroke: #fff; stroke-width: 3; ` +
	`paint-order: stroke } ` +
	`.supported { fill: #1a7f37; stroke: #1a7f37 } ` +
	`.refuted { fill: #c0232c; stroke: #c0232c } ` +
	`.undetermined { fill: #7a6a00; stroke: #7a6a00 } ` +
	`.conditional { fill: #7a6a00; stroke: #7a6a00 } ` +
	`.malformed { fill: #6f42c1; stroke: #6f42c1 } ` +
	`.unmeasured { fill: #666; stroke: #666 } ` +
	`@media (prefers-color-scheme: dark) { ` +
	`.live { fill: #5aa9e6; stroke: #5aa9e6 } .median { stroke: #cfe8ff } ` +
	`.reach { stroke: #5aa9e6 } .loop { fill: #15171c; stroke: #cfe8ff } ` +
	`.replay { fill: #ff9f4a } .replayreach { stroke: #ff9f4a } ` +
	`.base { stroke: #444 } .band { fill: #1c1f26 } .reference { stroke: #888 } ` +
	`.referencename { fill: #aaa } .claim { fill: #ccc; stroke: #15171c } .missing { fill: #999 } ` +
	`.yours { stroke: #ff7ab8 } .yourfill, .yourname { fill: #ff7ab8 } ` +
	`.supported { fill: #3fb950; stroke: #3fb950 } ` +
	`.refuted { fill: #ff6b6b; stroke: #ff6b6b } ` +
	`.undetermined, .conditional { fill: #d4b106; stroke: #d4b106 } ` +
	`.malformed { fill: #b392f0; stroke: #b392f0 } ` +
	`.unmeasured { fill: #999; stroke: #999 } .mark { fill: #15171c } }`

// rulerPicture is a ruler being drawn.
type rulerPicture struct {
	canvas
	*findings
	rulerLook
	axis       logAxis
	pricesFrom float64 // the lanes of the prices that people know
	bottom     float64
}

// picture draws the ruler; nil: there is none.
func (f *findings) picture(look rulerLook) *rulerPicture {
	if f.ruler == nil {
		return nil
	}
	d := &rulerPicture{findings: f, rulerLook: look, axis: logAxis{left: look.left,
		width: look.right - look.left, lowest: rulerLowest, highest: rulerHighest}}
	rows := d.rows()
	top := d.head()
	bottom := top
	for i, r := range rows {
		if i%2 == 0 {
			d.put(`<rect x="0" y="%.1f" width="%.1f" height="%.1f" `+
				"class=\"band\"/>\n", bottom, d.width, r.height)
		}
		bottom += r.height
	}
	d.scale(top, bottom)
	d.referenceLines(bottom)
	y := top
	for _, r := range rows {
		r.draw(y, bottom)
		y += r.height
	}
	d.foot(bottom)
	return d
}

// rulerRow is a row to be drawn between its top and the bottom of all.
type rulerRow struct {
	height float64
	draw   func(top, bottom float64)
}

// rows are the user's own calls, the situations, and what claims say about other calls.
func (d *rulerPicture) rows() []rulerRow {
	var rows []rulerRow

	for _, call := range d.yours {
		call := call
		rows = append(rows, rulerRow{d.row, func(top, bottom float64) {
			d.yourRow(call, top, bottom)
		}})
	}
	for i := range d.ruler.Rows {
		s := &d.ruler.Rows[i]
		flags := d.flagsOf(s.Scenario)
		lanes := flagLane * float64(len(flags))
		rows = append(rows, rulerRow{d.row + lanes, func(top, _ float64) {
			line := top + lanes + d.line
			// Beside its shape, or on a phone above all.
			names := line - d.line
			if len(d.columns) == 0 {
				names = top
			}
			d.situation(s, names, line)
			d.flags(flags, top+d.flagsFrom, line)
		}})
	}
	if others := d.flagsOf(""); len(others) > 0 {
		height := d.flagsFrom + flagLane*float64(len(others)) + 8
		rows = append(rows, rulerRow{height, func(top, _ float64) {
			d.otherClaims(others, top, top+height-6)
		}})
	}
	return rows
}

// legend says how a row is to be read, and returns where it ends.
func (d *rulerPicture) legend(x, y float64) float64 {
	step := func(text string, width float64, draw func(x float64)) {
		if x+width > d.width-4 {
			x, y = d.left, y+16
		}
		draw(x)
		d.text(x+28, y, "tick", "%s", text)
		x += 28 + width
	}
	step("live: single calls", 104, func(x float64) {
		d.put(`<path d="M%.1f %.1fq7 -16 14 -4q4 4 8 4z" class="live"/>`+"\n", x, y)
	})
	step("recording, replayed: 5 to 95 %, half, median", 238, func(x float64) {
		d.put(`<path d="M%.1f %.1fh24" class="replayreach"/><rect x="%.1f" y="%.1f" `+
			`width="10" height="6" class="replay"/>`+"\n", x, y-4, x+5, y-7)
	})
	step("median, and to 99 %", 112, func(x float64) {
		d.reach(x+2, x+20, y-3, 6)
	})
	step("in a loop", 62, func(x float64) { d.diamond(x+10, y-4, "loop") })
	if len(d.claims) > 0 {
		d.flagLegend(step, &y)
	}
	if len(d.columns) == 0 {
		y += 16
		d.text(d.width-8, y, "tick end", "at the right: median alone · 99 %% take at most")
	}
	return y + 16
}

// head draws what is above the rows: a legend, the prices that people know. It returns
// where it ends.
func (d *rulerPicture) head() float64 {
	lanes := 0

	d.pricesFrom = d.legend(d.left, 14)
	for _, p := range d.prices() {
		if p.lane >= lanes {
			lanes = p.lane + 1
		}
	}
	return d.pricesFrom + referenceLane*float64(lanes) + 22
}

// price is a reference in its place: in the first lane that has room for its name.
type price struct {
	*reference
	text string
	x    float64
	lane int
}

func (d *rulerPicture) prices() []price {
	var all []price
	var ends []float64

	for i := range d.ruler.References {
		r := &d.ruler.References[i]
		if !r.Valid || !r.Loop.Mean.known() {
			continue
		}
		p := price{reference: r, text: r.Title + " " + duration(r.Loop.Mean),
			x: d.axis.at(float64(r.Loop.Mean))}
		for p.lane < len(ends) && ends[p.lane] > p.x {
			p.lane++
		}
		if p.lane == len(ends) {
			ends = append(ends, 0)
		}
		ends[p.lane] = p.x + 10 + 5.9*float64(utf8.RuneCountInString(p.text))
		all = append(all, p)
	}
	return all
}

// referenceLines go from each price's name down through all rows.
func (d *rulerPicture) referenceLines(bottom float64) {
	for _, p := range d.prices() {
		y := d.pricesFrom + referenceLane*float64(p.lane)
		d.begin(fmt.Sprintf("%s: %s, %s core cycles, in a loop", p.Title,
			duration(p.Loop.Mean), thousands(p.Cycles)))
		d.text(p.x+3, y+10, "referencename", "%s", p.text)
		d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="reference"/>`+"\n",
			p.x, y+2, p.x, bottom)
		d.end()
	}
}

// scale draws both axes: nanoseconds above, core cycles below.
func (d *rulerPicture) scale(top, bottom float64) {
	for i, ns := range d.axis.powers(1) {
		x := d.axis.at(ns)
		d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="grid"/>`+"\n",
			x, top-4, x, bottom)
		if i%d.everyOnly == 0 {
			class := "tick middle"
			if i == 0 {
				class = "tick"
			} else if ns >= rulerHighest*0.99 && d.width < 600 {
				class = "tick end"
			}
			d.text(x, top-8, class, "%s", powerOfTen(ns))
		}
	}
	clock := float64(d.ruler.clock())
	if math.IsNaN(clock) {
		return
	}
	for i, n := range d.axis.powers(1 / clock) {
		x := d.axis.at(n / clock)
		d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="zero"/>`+"\n",
			x, bottom, x, bottom+4)
		if i%d.everyOnly == 0 {
			d.text(x, bottom+15, "tick middle", "%s", manyCycles(n))
		}
	}
	for i, x := range d.columns {
		for k, text := range columnHeads[i] {
			d.text(x, top-32+12*float64(k), "tick end", "%s", text)
		}
	}
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="zero"/>`+"\n", d.left,
		bottom, d.right, bottom)
}

// columnHeads say of each column which calls it is of, and which figure.
var columnHeads = [][3]string{{"calls in", "a loop:", "mean"}, {"calls", "alone:", "median"},
	{"in core", "cycles:", "median"}, {"99 %", "of them take", "at most"},
	{"99 %, over a", "bare call's", "median"}}

func (d *rulerPicture) foot(y float64) {
	d.text(d.left, y+29, "tick", "core cycles, at %s in a nanosecond",
		fmt.Sprintf("%.2f", float64(d.ruler.clock())))
	d.bottom = y + 38
}

func (d *rulerPicture) diamond(x, y float64, class string) {
	d.put(`<path d="M%.1f %.1fl4.5 4.5l-4.5 4.5l-4.5 -4.5z" class="%s"/>`+"\n", x,
		y-4.5, class)
}

// reach draws the way from the median to the slowest hundredth.
func (d *rulerPicture) reach(from, to, y, height float64) {
	d.put(`<path d="M%.1f %.1fH%.1fM%.1f %.1fv%.1f" class="reach"/>`+"\n", from, y, to,
		to, y-height/2, height)
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="median"/>`+"\n", from,
		y-height, from, y+2)
}

// outline is the shape of a distribution above its line: as high as the square root of
// a bin's share, so that rare calls are seen, too.
func (d *rulerPicture) outline(bins []rulerBin, y float64) string {
	var path strings.Builder

	// Bins become pixels: neighbours on one pixel are one.
	calls := map[int]float64{}
	most := 0.0
	first, last := math.MaxInt32, 0
	for _, b := range bins {
		x := int(d.axis.at(b.Ns*1.011)-d.left) / column * column
		calls[x] += b.Calls
		most = math.Max(most, calls[x])
		if x < first {
			first = x
		}
		if x > last {
			last = x
		}
	}
	if most == 0 {
		return ""
	}
	fmt.Fprintf(&path, "M%.1f %.1f", d.left+float64(first), y)
	before := 0.0
	for x := first; x <= last+column; x += column {
		height := math.Round(10*liveHeight*math.Sqrt(calls[x]/most)) / 10
		if height != before {
			fmt.Fprintf(&path, "H%.0fV%.1f", d.left+float64(x), y-height)
		}
		before = height
	}
	path.WriteString("Z")
	return path.String()
}

// replayed draws a replay below the line.
func (d *rulerPicture) replayed(r *replayedCalls, y float64) {
	q := func(name string) float64 { return d.axis.at(float64(r.Quantiles[name])) }

	for _, name := range []string{"p05", "p25", "p50", "p75", "p95"} {
		if n, there := r.Quantiles[name]; !there || !n.known() || n <= 0 {
			return
		}
	}
	middle := y + 2 + replayDepth/2
	d.put(`<path d="M%.1f %.1fH%.1f" class="replayreach"/>`+"\n", q("p05"), middle,
		q("p95"))
	d.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="replay"/>`+"\n",
		q("p25"), y+2, math.Max(q("p75")-q("p25"), 1), replayDepth)
	d.put(`<rect x="%.1f" y="%.1f" width="2" height="%.1f" class="replay"/>`+"\n",
		q("p50")-1, y+1, replayDepth+2)
}

// said is what a row says in words, for whoever points at it, or can't see it.
func (d *rulerPicture) said(s *situation) []string {
	lines := []string{fmt.Sprintf("%s (%s)", s.Title, s.Scenario),
		fmt.Sprintf("%s live calls in %d processes: median %s, %s cycles; 99 %% within %s",
			thousands(number(s.Live.Calls)), s.Live.Turns, duration(s.Live.Median),
			thousands(s.Live.MedianCycles), duration(s.Live.P99))}
	if s.Live.Loop.Mean.known() {
		lines = append(lines, "in a loop "+duration(s.Live.Loop.Mean))
	}
	if s.Replay.Valid {
		return append(lines, fmt.Sprintf("replay, %s: median %s, %.2f of the live "+
			"one's; 99 %% within %s", s.Replay.State, duration(s.Replay.Median),
			float64(s.OverLive), duration(s.Replay.P99)))
	}
	return append(lines, "no replay: "+s.Replay.Why)
}

// situation draws a row, whose top and whose line are there.
func (d *rulerPicture) situation(s *situation, y, line float64) {
	if !s.Valid {
		d.text(8, y+d.names, "", "%s", s.Title)
		d.missing(s, line)
		return
	}
	d.begin(d.said(s)...)
	class := ""
	if s.Name == "bare" {
		class = "strong"
	}
	d.text(8, y+d.names, class, "%s", s.Title)
	d.digits(rowFigures{s.Live.Loop.Mean, s.Live.Median, s.Live.P99,
		s.Live.MedianCycles}, y)
	if note := d.noteOf(s); note != "" {
		at := y + d.names + 12
		if len(d.columns) == 0 {
			at = line + d.row - d.line - 4
		}
		d.text(8, at, "note", "%s", note)
	}
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="base"/>`+"\n", d.left,
		line, d.right, line)
	if path := d.outline(s.Live.Bins, line); path != "" {
		d.put(`<path d="%s" class="live"/>`+"\n", path)
	}
	d.reach(d.axis.at(float64(s.Live.Median)), d.axis.at(float64(s.Live.P99)), line,
		liveHeight)
	if s.Replay.Valid {
		d.replayed(&s.Replay, line)
	}
	if s.Live.Loop.Mean.known() {
		d.diamond(d.axis.at(float64(s.Live.Loop.Mean)), line, "loop")
	}
	d.end()
}

// noteOf is what is written below a row's name.
func (d *rulerPicture) noteOf(s *situation) string {
	if s.Name == "bare" {
		if most := d.dominance(); most != "" {
			return most
		}
	}
	if s.Replay.Valid && s.OverLive.known() {
		return fmt.Sprintf("replay / live: %.2f", float64(s.OverLive))
	}
	return situationNotes[s.Name]
}

// situationNotes say in words that a programmer knows what rows without a replay are.
var situationNotes = map[string]string{
	"first-call":     "the dynamic linker finds it",
	"p-taken":        processorNote,
	"no-p":           "so it waits for one, up to 10 ms and more",
	"locked-thread":  "runtime.LockOSThread: threads are switched",
	"c-thread-first": "Go sets itself up on that thread",
	"gc":             "garbage is collected beside it",
}

const processorNote = "P: one of Go's GOMAXPROCS processors"

// missing says what fills a row that wasn't measured.
func (d *rulerPicture) missing(s *situation, line float64) {
	d.begin(s.Title+": not measured: "+s.Why, s.Command)
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="reference"/>`+"\n",
		d.left, line, d.right, line)
	d.text(d.left+4, line-4, "missing", "not measured; it fills: %s", s.Command)
	d.end()
}

// rowFigures are those of a row, or of the user's own call; those that aren't known are left
// out.
type rowFigures struct {
	mean, median, p99 number // ns
	cycles            number // of the median
}

// digits are a row's figures, in columns, or beside its name.
func (d *rulerPicture) digits(f rowFigures, y float64) {
	bare := d.ruler.row("bare")
	texts := []string{"", "", "", "", ""}
	if f.mean.known() {
		texts[0] = duration(f.mean)
	}
	if f.median.known() {
		texts[1] = duration(f.median)
		texts[2] = fewCycles(f.cycles)
	}
	if f.p99.known() {
		texts[3] = duration(f.p99)
		if bare != nil {
			texts[4] = "× " + times(float64(f.p99/bare.Live.Median))
		}
	}
	if len(d.columns) == 0 {
		d.text(d.width-8, y+d.names, "end", "%s", f.brief())
		return
	}
	for i, text := range texts {
		class := "end"
		if i < 2 {
			class = "end strong"
		}
		d.text(d.columns[i], y+d.names+4, class, "%s", text)
	}
}

// brief is what a phone has room for.
func (f rowFigures) brief() string {
	if !f.median.known() {
		return "mean " + duration(f.mean)
	}
	if !f.p99.known() {
		return duration(f.median)
	}
	return duration(f.median) + " · 99 %: " + duration(f.p99)
}

// standalone is the picture as a file of its own, under the sentence.
func (d *rulerPicture) standalone() []byte {
	const lineHeight = 18.0
	var out canvas

	lines := wrap(d.sentence().plain(), int((d.width-24)/6.9))
	head := 12 + lineHeight*float64(len(lines))
	for i, line := range lines {
		out.put(`<text x="8" y="%.1f" style="font-size: 13px">`, 20+lineHeight*float64(i))
		out.escaped(line)
		out.put("</text>\n")
	}
	out.put("<g transform=\"translate(0,%.1f)\">\n", head)
	out.Write(d.Bytes())
	out.put("</g>\n")
	out.text(8, head+d.bottom+8, "note", "%s", d.ruler.Provenance)
	out.extra = rulerStyle
	return out.document(d.width, head+d.bottom+18, "The ruler of calls")
}

// inline is the picture as a part of a page.
func (d *rulerPicture) inline() string {
	return fmt.Sprintf("<svg class=\"ruler-%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "+
		"aria-label=\"%s\">\n%s</svg>", d.name, d.width, d.bottom,
		escapedText("The ruler of calls. "+d.sentence().plain()+
			" The table below has all figures."), d.Bytes())
}
