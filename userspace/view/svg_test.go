// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// No format takes this as it is.
const nasty = "<g&;\\\x01\"\u009f>"

// shape is an element of a picture, and its text.
type shape struct {
	xml.StartElement
	text string
}

func (s shape) attr(name string) string {
	for _, a := range s.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (s shape) number(t *testing.T, name string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s.attr(name), 64)
	if err != nil {
		t.Fatalf("%s of %v: %v", name, s.StartElement, err)
	}
	return n
}

// picture reads an SVG, which has to be XML with finite numbers, on its page.
func picture(t *testing.T, svg []byte) []shape {
	t.Helper()
	var shapes []shape
	var open []int

	for _, no := range []string{"NaN", "Inf", "%!"} {
		if bytes.Contains(svg, []byte(no)) {
			t.Errorf("%s in a picture", no)
		}
	}
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, len(shapes))
			shapes = append(shapes, shape{StartElement: e.Copy()})
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				shapes[open[len(open)-1]].text += string(e)
			}
		}
	}
	onPage(t, shapes)
	return shapes
}

// onPage sees that nothing is drawn beyond the paper, or narrower than nothing.
func onPage(t *testing.T, shapes []shape) {
	t.Helper()
	if shapes[0].Name.Local != "svg" {
		t.Fatalf("a picture begins with %s", shapes[0].Name.Local)
	}
	page := shapes[0].number(t, "width")
	for _, s := range shapes {
		if s.Name.Local != "rect" || s.attr("width") == "100%" {
			continue
		}
		left, width := 0.0, s.number(t, "width")
		if s.attr("x") != "" {
			left = s.number(t, "x")
		}
		if width < 0 || left < 0 || left+width > page+0.01 {
			t.Errorf("a box from %v, %v wide, on %v", left, width, page)
		}
	}
}

// named returns the shapes in the group that shows text when it is pointed at.
func named(shapes []shape, text string) []shape {
	for i, s := range shapes {
		if s.Name.Local == "title" && strings.HasPrefix(s.text, text) {
			for j := i + 1; j <= len(shapes); j++ {
				if j == len(shapes) || shapes[j].Name.Local == "g" {
					return shapes[i:j]
				}
			}
		}
	}
	return nil
}

func hasText(shapes []shape, text string) bool {
	for _, s := range shapes {
		if strings.Contains(s.text, text) {
			return true
		}
	}
	return false
}

func wantText(t *testing.T, shapes []shape, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !hasText(shapes, text) {
			t.Errorf("no %q in the picture", text)
		}
	}
}
