// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A character's width in the small font, in pixels: on average, rather too
// much.
const character = 6.3

// Measures of all pictures. Units are pixels at 96 dpi.
const style = `text { font: 11px 'DejaVu Sans', Verdana, Helvetica, sans-serif; ` +
	`fill: #222 } rect { stroke-width: 0.6 } ` +
	`.title { font-size: 16px; font-weight: bold } ` +
	`.head { font-size: 12px; font-weight: bold } ` +
	`.tick { font-size: 10px; fill: #444 } ` +
	`.note { font-size: 9px; fill: #444 } ` +
	`.middle { text-anchor: middle } .end { text-anchor: end } ` +
	`.grid { stroke: #ddd; stroke-width: 0.7 } ` +
	`.zero { stroke: #555; stroke-width: 1 } ` +
	`.whisker { stroke: #111; stroke-width: 1; fill: none } ` +
	`.frame { fill: none; stroke: #555; stroke-width: 1 } ` +
	`.paper { fill: #fff } .label { fill: #111 } ` +
	`@media (prefers-color-scheme: dark) { text { fill: #ddd } ` +
	`.tick, .note { fill: #aaa } .grid { stroke: #333 } .zero { stroke: #999 } ` +
	`.whisker { stroke: #eee } .frame { stroke: #888 } .paper { fill: #15171c } ` +
	`.label { fill: #111 } }`

// Shapes of unknown figures are hatched.
const (
	unknownFill = "url(#unknown)"
	definitions = `<defs><pattern id="unknown" width="5" height="5" ` +
		`patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
		`<rect width="5" height="5" fill="#eee"/>` +
		`<rect width="2" height="5" fill="#bbb"/></pattern></defs>`
)

// canvas is the inside of an SVG picture being drawn; extra is style that it alone needs.
type canvas struct {
	bytes.Buffer
	extra string
}

// put writes markup, of which all text is the program's own.
func (c *canvas) put(format string, args ...any) {
	fmt.Fprintf(c, format, args...)
}

// escaped writes any text as character data.
func (c *canvas) escaped(text string) {
	// A bytes.Buffer takes everything.
	_ = xml.EscapeText(c, []byte(text))
}

// text writes one line, which starts at x unless its class says otherwise.
func (c *canvas) text(x, y float64, class, format string, args ...any) {
	c.put(`<text x="%.1f" y="%.1f" class="%s">`, x, y, class)
	c.escaped(clean(fmt.Sprintf(format, args...)))
	c.put("</text>\n")
}

// upright writes a line from below to above, its middle at x, y.
func (c *canvas) upright(x, y float64, text string) {
	c.put(`<text transform="translate(%.1f,%.1f) rotate(-90)" class="middle">`,
		x, y)
	c.escaped(clean(text))
	c.put("</text>\n")
}

// begin opens a group that shows lines of text when it is pointed at.
func (c *canvas) begin(lines ...string) {
	c.put("<g>\n<title>")
	for i, line := range lines {
		if i > 0 {
			c.put("\n")
		}
		c.escaped(clean(line))
	}
	c.put("</title>\n")
}

func (c *canvas) end() {
	c.put("</g>\n")
}

func (c *canvas) rect(x, y, width, height float64, fill, edge string) {
	c.put(`<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s" `+
		"stroke=\"%s\"/>\n", x, y, width, height, fill, edge)
}

func (c *canvas) frame(x, y, width, height float64) {
	c.put(`<rect x="%.1f" y="%.2f" width="%.1f" height="%.2f" `+
		"class=\"frame\"/>\n", x, y, width, height)
}

// document returns all of a picture.
func (c *canvas) document(width, height float64, title string) []byte {
	var out canvas

	out.put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+
		`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" `+
		"height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
		width, height, width, height)
	out.escaped(clean(title))
	out.put("</title>\n<style>%s</style>\n%s\n"+
		"<rect width=\"100%%\" height=\"100%%\" class=\"paper\"/>\n",
		style+c.extra, definitions)
	out.Write(c.Bytes())
	out.put("</svg>\n")
	return out.Bytes()
}

// shorten returns what of a text fits into so many pixels, or nothing.
func shorten(text string, width float64) string {
	room := int(width / character)
	if utf8.RuneCountInString(text) <= room {
		return text
	}
	if room < 3 {
		return ""
	}
	return string([]rune(text)[:room-1]) + "…"
}

// escapedText is text as markup has it, also within quotes.
func escapedText(text string) string {
	var out canvas

	out.escaped(clean(text))
	return out.String()
}

// wrap breaks text into lines of so many characters at most, at blanks.
func wrap(text string, most int) []string {
	var lines []string

	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > most {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
