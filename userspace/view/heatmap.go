// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
	"strconv"
)

// So many victims stand side by side: lines of a page, sets of L1d.
const heatmapColumns = 64

// Pixels.
const (
	cellWidth   = 6.0
	mapWidth    = cellWidth * heatmapColumns
	mapLeft     = 62.0
	mapGap      = 58.0
	mapRight    = mapLeft + mapWidth + mapGap
	heatmapPage = mapRight + mapWidth + 22
	heatmapHead = 66.0
	mapTitle    = 24.0
	mapFoot     = 44.0
	heatmapFoot = 66.0
	highestMap  = 200.0 // of a map's cells
	tallestCell = 12.0
)

// Pictures have no more shades than readers can distinguish.
const shades = 20

// ramp is from 0 to 1: ColorBrewer's YlGnBu (Brewer, Harrower and The Pennsylvania
// State University), which people with any deficiency of colour vision can
// distinguish, and which darkens evenly, so that it survives a black and white print.
var ramp = [][3]float64{
	{255, 255, 217}, {237, 248, 177}, {199, 233, 180},
	{127, 205, 187}, {65, 182, 196}, {29, 145, 192},
	{34, 94, 168}, {37, 52, 148}, {8, 29, 88},
}

// fillOf is the colour of a share, in one of the shades.
func fillOf(share number) string {
	var colour [3]int

	if !share.known() {
		return unknownFill
	}
	shade := math.Round(float64(share)*shades) / shades
	at := math.Min(math.Max(shade, 0), 1) * float64(len(ramp)-1)
	i := int(math.Min(at, float64(len(ramp)-2)))
	part := at - float64(i)
	for c := range colour {
		colour[c] = int(ramp[i][c]*(1-part) + ramp[i+1][c]*part + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", colour[0], colour[1], colour[2])
}

// grid is a level's victims in their places: those of a cache in the column of their
// line, those of one line below one another; those of a TLB row after row. A working
// set leaves places empty.
type grid struct {
	*level
	name    string
	tlb     bool
	victims []victim
	rows    [][heatmapColumns]*victim
}

func makeGrid(name string, l *level, tlb bool) grid {
	var filled [heatmapColumns]int

	g := grid{level: l, name: name, tlb: tlb, victims: l.Lines}
	if tlb {
		g.victims = l.Pages
	}
	for i := range g.victims {
		column := g.victims[i].Line
		if tlb {
			column = i % heatmapColumns
		}
		row := filled[column]
		filled[column]++
		if row == len(g.rows) {
			g.rows = append(g.rows, [heatmapColumns]*victim{})
		}
		g.rows[row][column] = &g.victims[i]
	}
	return g
}

// measured is a victim's share, unless the level's are withheld.
func (g grid) measured(v *victim) number {
	if !g.Valid {
		return number(math.NaN())
	}
	return v.share()
}

func (g grid) cellHeight() float64 {
	return math.Min(highestMap/float64(len(g.rows)), tallestCell)
}

func (g grid) height() float64 {
	return mapTitle + g.cellHeight()*float64(len(g.rows)) + mapFoot
}

// columnLabel says what the columns are, and the rows of a TLB.
func (g grid) columnLabel() string {
	if g.tlb {
		return "page, by age, row after row"
	}
	if set := string(g.victims[0].Set); set == "" || set == "null" {
		return "line of its page (set modulo 64)"
	}
	return "set"
}

// heatmapOf is a picture of evictions being drawn.
type heatmapOf struct {
	canvas
}

// row draws cells; neighbours of one shade are one rectangle.
func (d *heatmapOf) row(row *[heatmapColumns]*victim, share func(*victim) number,
	x, y, height float64) {
	to := 0
	for from := 0; from < heatmapColumns; from = to {
		to = from + 1
		if row[from] == nil {
			continue
		}
		fill := fillOf(share(row[from]))
		for to < heatmapColumns && row[to] != nil &&
			fillOf(share(row[to])) == fill {
			to++
		}
		d.put(`<rect x="%.1f" y="%.2f" width="%.0f" height="%.2f" `+
			"class=\"cell\" fill=\"%s\"/>\n",
			x+float64(from)*cellWidth, y,
			float64(to-from)*cellWidth, height, fill)
	}
}

func (d *heatmapOf) ticks(g grid, x, y float64) {
	height, rows := g.cellHeight(), len(g.rows)
	bottom := y + height*float64(rows)
	unit, label := 1, "age, oldest on top"

	if g.tlb {
		unit, label = heatmapColumns, "oldest on top"
	}
	for _, column := range []int{0, 16, 32, 48, heatmapColumns - 1} {
		d.text(x+(float64(column)+0.5)*cellWidth, bottom+13,
			"tick middle", "%d", column)
	}
	d.text(x-5, y+height/2+4, "tick end", "0")
	if rows > 1 {
		d.text(x-5, bottom-height/2+4, "tick end", "%d", (rows-1)*unit)
	}
	d.text(x+mapWidth/2, bottom+28, "middle", "%s", g.columnLabel())
	if rows >= 4 {
		d.upright(x-34, (y+bottom)/2, label)
	}
}

// cells draws one map.
func (d *heatmapOf) cells(g grid, share func(*victim) number, x, y float64) {
	height := g.cellHeight()

	y += mapTitle
	d.put("<g shape-rendering=\"crispEdges\">\n")
	for i := range g.rows {
		d.row(&g.rows[i], share, x, y+float64(i)*height, height)
	}
	d.frame(x, y, mapWidth, height*float64(len(g.rows)))
	d.end()
	d.ticks(g, x, y)
}

// level draws what was measured of one, beside what the model predicts.
func (d *heatmapOf) level(g grid, y float64) {
	unit, evicted := "lines", g.LinesEvicted

	if g.tlb {
		unit, evicted = "pages", g.PagesEvicted
	}
	title := g.name + ": not measured"
	if g.Valid {
		title = fmt.Sprintf("%s, measured: %d of %d %s evicted", g.name,
			evicted, len(g.victims), unit)
	}
	d.text(mapLeft, y+mapTitle-8, "head", "%s", title)
	d.cells(g, g.measured, mapLeft, y)
	if !g.Model.Available {
		d.text(mapRight, y+mapTitle-8, "head",
			"%s, predicted: not modelled", g.name)
		d.text(mapRight, y+mapTitle+10, "tick", "%s", g.Model.Why)
		return
	}
	d.text(mapRight, y+mapTitle-8, "head",
		"%s, predicted by the model (LRU)", g.name)
	d.cells(g, (*victim).predicted, mapRight, y)
}

func (d *heatmapOf) legend(y float64) {
	const width, x = 200.0, mapLeft

	for i := 0; i <= shades; i++ {
		fill := fillOf(number(i) / shades)
		d.rect(x+width*float64(i)/(shades+1), y, width/(shades+1)+0.3,
			12, fill, "none")
	}
	d.frame(x, y, width, 12)
	for i := 0; i <= 4; i++ {
		d.text(x+width*float64(i)/4, y+25, "tick middle", "%s",
			strconv.FormatFloat(float64(i)/4, 'g', -1, 64))
	}
	d.text(x+width+14, y+10, "", "share of replays that evict the victim")
	d.rect(x+width+290, y, 24, 12, unknownFill, "#555")
	d.text(x+width+322, y+10, "", "not known")
}

// heatmap draws all levels, measured beside predicted. Levels that have no victims
// have no maps.
func heatmap(e *evictions) []byte {
	var d heatmapOf

	title := baseName(e.Sequence) + ": lines and pages that it evicts"
	subtitle := "Victims that a replay evicts. Each is primed, the sequence " +
		"is replayed once, and the victim is loaded, timed."
	if e.Victims == "working-set" {
		subtitle = "Of what was touched before the call, and not by it. " +
			"All is primed, the call is replayed once, and a victim " +
			"is loaded, timed."
	}
	d.text(mapLeft, 28, "title", "%s", title)
	d.text(mapLeft, 46, "", "%s", subtitle)
	y := heatmapHead
	for _, l := range []struct {
		name  string
		level *level
		tlb   bool
	}{
		{"L1d", e.L1d, false},
		{"L2", e.L2, false},
		{"Data TLB, first level", e.DTLB, true},
		{"TLB, second level", e.STLB, true},
	} {
		if l.level == nil {
			continue
		}
		if g := makeGrid(l.name, l.level, l.tlb); len(g.rows) > 0 {
			d.level(g, y)
			y += g.height()
		}
	}
	if y == heatmapHead {
		y += mapTitle
		d.text(mapLeft, y-8, "head", "There is nothing to lose: the call "+
			"touches all of it, too.")
	}
	d.legend(y)
	d.text(mapLeft, y+48, "note", "%s backend, %s", e.Backend, e.Provenance)
	return d.document(heatmapPage, y+heatmapFoot, title)
}
