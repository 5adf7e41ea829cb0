// SPDX-License-Identifier: GPL-2.0

package main

import "math"

// Pixels of a page, and of a panel's rows on it: a name, figures drawn on an axis, and
// figures in digits at the right.
const (
	pageWidth = 1000.0
	margin    = 20.0
	plotWidth = pageWidth - 2*margin
	rowHeight = 19.0
	lastValue = pageWidth - margin
)

// axis is of core cycles, from left to right; left and width are its place.
type axis struct {
	left    float64
	width   float64
	lowest  float64
	highest float64
}

// stretch makes the axis hold an interval; it holds zero in any case.
func (a *axis) stretch(i interval) {
	if !i[0].known() || !i[1].known() {
		return
	}
	a.lowest = math.Min(a.lowest, float64(i[0]))
	a.highest = math.Max(a.highest, float64(i[1]))
}

func (a axis) empty() bool {
	return a.highest <= a.lowest
}

func (a axis) at(cycles number) float64 {
	return a.left + (float64(cycles)-a.lowest)/(a.highest-a.lowest)*a.width
}

// step returns 1, 2 or 5 times a power of ten, for five to twelve ticks.
func (a axis) step() float64 {
	length := a.highest - a.lowest
	ten := math.Pow(10, math.Floor(math.Log10(length/5)))

	if length/(5*ten) >= 5 {
		return 5 * ten
	}
	if length/(2*ten) >= 5 {
		return 2 * ten
	}
	return ten
}

// axis draws lines from top to bottom, and their numbers above.
func (c *canvas) axis(a axis, top, bottom float64) {
	step := a.step()
	first := math.Ceil(a.lowest / step)

	for i := 0; (first+float64(i))*step <= a.highest; i++ {
		tick := (first + float64(i)) * step
		class, sign := "grid", ""
		if first+float64(i) == 0 {
			class = "zero"
		} else if tick < 0 {
			sign = "−"
		}
		x := a.at(number(tick))
		c.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" `+
			"class=\"%s\"/>\n", x, top, x, bottom, class)
		c.text(x, top-4, "tick middle", "%s%.6g", sign,
			math.Abs(tick))
	}
}

// whisker draws an interval.
func (c *canvas) whisker(a axis, i interval, y float64) {
	if !i[0].known() || !i[1].known() {
		return
	}
	lo, hi := a.at(i[0]), a.at(i[1])
	c.put(`<path d="M%.1f %.1fH%.1fM%.1f %.1fv6M%.1f %.1fv6" `+
		"class=\"whisker\"/>\n", lo, y, hi, lo, y-3, hi, y-3)
}
