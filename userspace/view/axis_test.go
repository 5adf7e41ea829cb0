// SPDX-License-Identifier: GPL-2.0

package main

import (
	"strings"
	"testing"
)

// Each axis has round numbers, few of them, in even distances, and zero.
func TestTicks(t *testing.T) {
	for _, ends := range []interval{{0, 1}, {0, 0.3}, {-0.7, 1.3}, {-26, 78},
		{0, 4700}, {0, 1e6}, {-1e-3, 0}, {3, 7}, {0, 9.99}} {
		a := axis{left: 100, width: 500}
		a.stretch(ends)
		var c canvas
		c.axis(a, 10, 20)
		shapes := picture(t, c.document(700, 30, ""))
		var at []float64
		zero := false
		for _, s := range shapes {
			if s.attr("class") != "tick middle" {
				continue
			}
			at = append(at, s.number(t, "x"))
			zero = zero || s.text == "0"
			digits := strings.Trim(s.text, "−0.")
			if len(digits) > 3 && !strings.Contains(digits, "e") {
				t.Errorf("%v: %q isn't round", ends, s.text)
			}
		}
		if len(at) < 4 || len(at) > 13 || !zero {
			t.Errorf("%v: %d ticks, at zero: %v", ends, len(at), zero)
			continue
		}
		for i := 1; i < len(at); i++ {
			d := (at[i] - at[i-1]) - (at[1] - at[0])
			if d < -0.2 || d > 0.2 || at[i] > 601 || at[0] < 100 {
				t.Errorf("%v: ticks at %v", ends, at)
				break
			}
		}
	}
}
