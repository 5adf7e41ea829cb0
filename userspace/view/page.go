// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"regexp"
	"strings"
)

//go:embed report.html
var pageSource string

//go:embed report.css
var pageStyle string

// A cell of a table; More is folded below it, under Summary.
type cell struct {
	Text    string
	Class   string
	Summary string
	More    string
	Number  bool
}

type tableRow struct {
	ID    string
	Cells []cell
}

// table is one on a page, and as a file of comma-separated values.
type table struct {
	ID      string
	Caption string
	Head    []cell
	Rows    []tableRow
}

// newTable takes the names of columns; those that begin with "#" hold numbers.
func newTable(id, caption string, columns ...string) *table {
	t := &table{ID: id, Caption: caption}
	for _, name := range columns {
		text := strings.TrimPrefix(name, "#")
		t.Head = append(t.Head, cell{Text: text, Number: text != name})
	}
	return t
}

// add takes a row of texts, one for each column.
func (t *table) add(texts ...string) *tableRow {
	row := tableRow{}
	for i, text := range texts {
		c := cell{Text: clean(text)}
		if i < len(t.Head) && t.Head[i].Number {
			c.Class = "n"
		}
		row.Cells = append(row.Cells, c)
	}
	t.Rows = append(t.Rows, row)
	return &t.Rows[len(t.Rows)-1]
}

// plot is a picture on a page and in files of its own, with its data.
type plot struct {
	Name   string
	Title  string
	How    string
	Inline template.HTML
	Tables []*table
	Files  []string
	svg    []byte
	data   [][]string
}

// rulerFigure is the first of them.
type rulerFigure struct {
	plot
	Wide, Narrow template.HTML
	HasYours     bool
}

type section struct{ ID, Title string }

// page is what report.html shows.
type page struct {
	Title         string
	Style         template.CSS
	Definitions   template.HTML
	Sentence      prose
	Ruler         *rulerFigure
	Sections      []section
	Costs         []*plot
	Evictions     []*plot
	Claims        []*table
	ClaimsHow     string
	ClaimFiles    []string
	Versions      []*plot
	VersionTables []*table
	Machines      []*table
	Sources       *table
}

// plots are all of a page, in order.
func (p *page) plots() []*plot {
	var all []*plot
	if p.Ruler != nil {
		all = append(all, &p.Ruler.plot)
	}
	for _, some := range [][]*plot{p.Costs, p.Evictions, p.Versions} {
		all = append(all, some...)
	}
	return all
}

var pictureParts = regexp.MustCompile(
	`(?s)<\?xml.*?\?>\n|<style>.*?</style>\n|<defs>.*?</defs>\n|` +
		`<rect width="100%" height="100%" class="paper"/>\n`)

// inlined is a picture as a part of a page, which has the style of all.
func inlined(svg []byte) template.HTML {
	return template.HTML(pictureParts.ReplaceAll(svg, nil))
}

// html is the page itself.
func (p *page) html() ([]byte, error) {
	var out bytes.Buffer

	p.Style = template.CSS(pageStyle + style + rulerStyle)
	p.Definitions = definitions
	t, err := template.New("report").Parse(pageSource)
	if err != nil {
		return nil, err
	}
	err = t.Execute(&out, p)
	return out.Bytes(), err
}
