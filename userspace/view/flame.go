// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"sort"
)

// lookPath is of what is on the way into C and back, which the picture is about.
var lookPath = look{"#c7a6d8", "#7d5a91", "way into C and back"}

// frame is a function in a flame graph, by the way to it.
type frame struct {
	name    string
	samples int64 // with all that it calls
	path    int64 // of these on the way into C and back
	callees map[string]*frame
}

func (f *frame) add(names []string, samples int64, onPath bool) {
	f.samples += samples
	if onPath {
		f.path += samples
	}
	if len(names) == 0 {
		return
	}
	if f.callees == nil {
		f.callees = map[string]*frame{}
	}
	callee := f.callees[names[0]]
	if callee == nil {
		callee = &frame{name: names[0]}
		f.callees[names[0]] = callee
	}
	callee.add(names[1:], samples, onPath)
}

// sorted are callees by name, as in other flame graphs: their order says nothing.
func (f *frame) sorted() []*frame {
	var all []*frame

	for _, callee := range f.callees {
		all = append(all, callee)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

type flameOf struct {
	canvas
	total int64
	depth int
}

// boxes draws a frame's callees below it, and returns nothing of what is too narrow.
func (d *flameOf) boxes(f *frame, x float64, row int) {
	for _, callee := range f.sorted() {
		width := float64(callee.samples) / float64(d.total) * plotWidth
		if width >= smallestBox {
			d.box(callee, x, width, row)
			d.boxes(callee, x, row+1)
		}
		x += width
	}
}

func (d *flameOf) box(f *frame, x, width float64, row int) {
	y := icicleHead + float64(row)*boxHeight
	l := lookOf(f.name)
	if f.path == f.samples {
		l = lookPath
	}
	if row >= d.depth {
		d.depth = row + 1
	}
	d.begin(fmt.Sprintf("%s: %d samples, %.2f %%, of these %d on the way "+
		"into C and back", f.name, f.samples,
		100*float64(f.samples)/float64(d.total), f.path))
	d.rect(x, y, width, boxHeight-1, l.fill, l.edge)
	d.text(x+labelMargin, y+boxHeight-8, "label", "%s",
		shorten(f.name, width-2*labelMargin))
	d.end()
}

// flame draws stacks as boxes, callees below their callers, as wide as their samples.
func flame(s *samples) ([]byte, error) {
	var root frame
	var d flameOf

	for _, stack := range s.Stacks {
		root.add(stack.names(), stack.Samples, stack.Kind == "path")
	}
	d.total = root.samples
	d.boxes(&root, margin, 0)
	d.text(margin, 26, "title", "%s", baseName(s.Program))
	d.text(margin, 44, "", "%s, %d samples (%s), %d lost; %.1f %% on the way "+
		"into C and back", s.Go, d.total, s.Event, s.Lost,
		100*float64(root.path)/float64(d.total))
	x := float64(margin)
	for _, l := range []look{lookGo, lookRuntime, lookPath, lookC} {
		d.rect(x, 54, 12, 12, l.fill, l.edge)
		d.text(x+17, 64, "", "%s", l.text)
		x += 40 + character*float64(len(l.text))
	}
	y := icicleHead + float64(d.depth)*boxHeight
	d.text(margin, y+26, "note", "%s", s.Provenance.String())
	return d.document(pageWidth, y+icicleFoot, baseName(s.Program)), nil
}
