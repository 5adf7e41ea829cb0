// SPDX-License-Identifier: GPL-2.0

package main

import (
	"math"
	"strings"
	"unicode/utf8"
)

// flagLegend says what flags are.
func (d *rulerPicture) flagLegend(step func(string, float64, func(float64)), y *float64) {
	said := map[string]bool{}
	for _, scenario := range append(d.scenarios(), "") {
		for _, flag := range d.flagsOf(scenario) {
			said[flag.verdict] = true
		}
	}
	before, more := "a claim's number: ", 108.0
	for _, verdict := range []string{"refuted", "supported", "undetermined", "conditional",
		"malformed"} {
		if !said[verdict] {
			continue
		}
		text, width := before+verdict, 6*float64(len(verdict))+more
		before, more = "", 0
		step(text, width, func(x float64) {
			d.put(`<circle cx="%.1f" cy="%.1f" r="%.1f" class="%s"/>`+"\n", x+18, *y-4,
				flagRadius, verdictClass(verdict))
			d.text(x+18, *y-1, "mark", "%s", verdictMarks[verdict])
		})
	}
}

// scenarios are those of all rows.
func (d *rulerPicture) scenarios() []string {
	var all []string
	for i := range d.ruler.Rows {
		all = append(all, d.ruler.Rows[i].Scenario)
	}
	return all
}

// flags draws what claims say, each at its number, in a lane of its own, with its sentence
// beside it, above the row's figures: the leftmost is on top, so that no pole crosses a
// sentence to the right of its mark.
func (d *rulerPicture) flags(flags []claimFlag, first, line float64) {
	for i, f := range flags {
		x, y := d.axis.at(f.ns), first+flagLane*(float64(i)+0.5)
		d.put(`<a href="%s#claim-%s">`+"\n", d.linked, escapedText(f.id))
		d.begin(f.said()...)
		d.put(`<path d="M%.1f %.1fV%.1f" class="pole %s"/>`+"\n", x, line+3, y, f.class)
		d.put(`<circle cx="%.1f" cy="%.1f" r="%.1f" class="%s"/>`+"\n", x, y,
			flagRadius, f.class)
		d.text(x, y+2.9, "mark", "%s", f.mark)
		d.claimText(f, x, y+3.5)
		d.end()
		d.put("</a>\n")
	}
}

// claimText is a claim's sentence, and what was found, on that side of its mark that has
// room for it.
func (d *rulerPicture) claimText(f claimFlag, x, y float64) {
	const gap = flagRadius + 4
	texts := []string{f.brief() + ": found " + f.briefly, f.brief()}
	right, left := (d.width-8-x-gap)/letter, (x-gap-d.left)/letter
	for _, text := range texts {
		switch n := float64(utf8.RuneCountInString(text)); {
		case n <= right:
			d.text(x+gap, y, "claim", "%s", text)
			return
		case n <= left:
			d.text(x-gap, y, "claim end", "%s", text)
			return
		}
	}
	if right >= left {
		d.text(x+gap, y, "claim", "%s", shorten(texts[1], right*character))
	} else {
		d.text(x-gap, y, "claim end", "%s", shorten(texts[1], left*character))
	}
}

// brief is a claim's sentence without its full stop.
func (f claimFlag) brief() string {
	return strings.TrimSuffix(f.sentence, ".")
}

// otherClaims is a row of claims about calls that aren't rows.
func (d *rulerPicture) otherClaims(flags []claimFlag, y, line float64) {
	d.text(8, y+d.names, "", "claims about other calls")
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="base"/>`+"\n", d.left,
		line, d.right, line)
	d.flags(flags, y+d.flagsFrom, line)
}

// yourRow draws a call of the user's own, whose line goes through all rows.
func (d *rulerPicture) yourRow(c yourCall, y, bottom float64) {
	line := y + d.line
	d.begin("your call: "+c.name, c.from+": "+c.said())
	d.text(8, y+d.names, "yourname", "%s", shorten("your call: "+c.name,
		math.Max(d.left-20, 200)))
	d.digits(rowFigures{c.mean, c.median, c.p99, c.median * d.ruler.clock()}, y)
	if len(d.columns) > 0 && !c.median.known() {
		d.text(8, y+d.names+12, "note", "all its calls, C's work included")
	}
	x := d.axis.at(float64(c.place()))
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="yours" `+
		`stroke-dasharray="5 3"/>`+"\n", x, line, x, bottom)
	if c.p99.known() {
		d.put(`<path d="M%.1f %.1fH%.1fm0 -5v10" class="yours"/>`+"\n", x, line,
			d.axis.at(float64(c.p99)))
	}
	d.diamond(x, line, "yourfill")
	d.end()
}
