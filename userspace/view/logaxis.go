// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
)

// logAxis is of time from left to right, each tenfold as wide as the next; left and
// width are its place.
type logAxis struct {
	left    float64
	width   float64
	lowest  float64 // ns
	highest float64
}

// at is where a time stands; what is beyond an end stands there.
func (a logAxis) at(ns float64) float64 {
	ns = math.Min(math.Max(ns, a.lowest), a.highest)
	return a.left + math.Log(ns/a.lowest)/math.Log(a.highest/a.lowest)*a.width
}

// powers are the powers of ten on the axis, of a unit that is so many ns.
func (a logAxis) powers(unit float64) []float64 {
	var all []float64
	for e := math.Ceil(math.Log10(a.lowest/unit) - 1e-9); ; e++ {
		n := math.Pow(10, e)
		if n*unit > a.highest*(1+1e-9) {
			return all
		}
		all = append(all, n)
	}
}

// powerOfTen is "1 ns", "10 ns", and so on up to seconds.
func powerOfTen(ns float64) string {
	for _, u := range []struct {
		ns   float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if ns >= u.ns*0.999 {
			return fmt.Sprintf("%.0f %s", ns/u.ns, u.name)
		}
	}
	return fmt.Sprintf("%g ns", ns)
}

// manyCycles is "1", "10", "1 k", "1 M".
func manyCycles(n float64) string {
	for _, u := range []struct {
		n    float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= u.n*0.999 {
			return fmt.Sprintf("%.0f\u202f%s", n/u.n, u.name)
		}
	}
	return fmt.Sprintf("%g", n)
}

// fewCycles is a number of cycles with three digits that count.
func fewCycles(n number) string {
	if n.known() {
		for _, u := range []struct {
			n    number
			name string
		}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
			if n >= u.n*0.9995 {
				if u.n == 1e4 {
					u.n = 1e3
				}
				return fmt.Sprintf("%.3g\u202f%s", float64(n/u.n), u.name)
			}
		}
	}
	return thousands(n)
}
