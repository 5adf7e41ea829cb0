// SPDX-License-Identifier: GPL-2.0
package main

import (
	"strings"
	"testing"
)

const sample = `// a == b
#define LIMIT (1 + \
	       2)
/* c < 3,
 * and d > 4 */
int f(int a, char *s)
{
	int n = 5; /* 6 */

	if (a == n && s[7] != '=')
		return 0x1fu;
	a = g(a,
	      n);
	*s = h("x == 8");
	if (!a)
		n += a << 9;
	*s = h("x == 8");
	return n;
}
`

// changes makes all mutants, by the line that has changed.
func changes(t *testing.T, content string) map[string]int {
	made := make(map[string]int)
	before := strings.Split(content, "\n")
	for _, p := range placesOf("f.c", content) {
		m, err := mutate(content, p)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(m, "\n") {
			if line != before[i] {
				if i+1 != p.line {
					t.Errorf("%s: line %d has changed", p.key(), i+1)
				}
				made[p.rule+": "+strings.TrimSpace(line)]++
			}
		}
	}
	return made
}

func TestEachChangeIsMadeOnce(t *testing.T) {
	want := map[string]int{
		"number: int n = 6; /* 6 */":         1,
		"eq: if (a != n && s[7] != '=')":     1,
		"ne: if (a == n && s[7] == '=')":     1,
		"and: if (a == n || s[7] != '=')":    1,
		"number: if (a == n && s[8] != '=')": 1,
		"number: return 32u;":                1,
		"drop: ;":                            4,
		"not: if (a)":                        1,
		"addto: n -= a << 9;":                1,
		"shl: n += a >> 9;":                  1,
		"number: n += a << 10;":              1,
	}
	got := changes(t, sample)
	for line, n := range want {
		if got[line] != n {
			t.Errorf("%q: %d times, should be %d", line, got[line], n)
		}
	}
	for line := range got {
		if want[line] == 0 {
			t.Errorf("%q: not expected", line)
		}
	}
}

// keys are the names of all places, which have to differ.
func keys(t *testing.T, content string) map[string]int {
	lines := make(map[string]int)
	for _, p := range placesOf("f.c", content) {
		if lines[p.key()] != 0 {
			t.Errorf("%s: twice", p.key())
		}
		lines[p.key()] = p.line
	}
	return lines
}

func TestNamesSurviveOtherLines(t *testing.T) {
	before := keys(t, sample)
	after := keys(t, "int e;\n\n"+strings.Replace(sample, "int n = 5", "int n = 50", 1))
	for key, line := range before {
		if now, ok := after[key]; line != 8 && (!ok || now != line+2) {
			t.Errorf("%s: was in line %d, is in %d", key, line, now)
		}
	}
}

func TestOrderIsByTheSeed(t *testing.T) {
	first, again, other := placesOf("f.c", sample), placesOf("f.c", sample),
		placesOf("f.c", sample)
	draw(first, 1)
	draw(again, 1)
	draw(other, 2)
	moved := false
	for i := range first {
		if first[i] != again[i] {
			t.Errorf("%s: elsewhere the second time", first[i].key())
		}
		moved = moved || first[i] != other[i]
	}
	if !moved {
		t.Error("another seed has the same order")
	}
	// One place less leaves the others where they are.
	rest := append(append([]place{}, again[1:3]...), again[0])
	rest = append(rest, again[4:]...)
	draw(rest, 1)
	for i, p := range append(append([]place{}, first[:3]...), first[4:]...) {
		if rest[i] != p {
			t.Errorf("%s: has moved", p.key())
		}
	}
}
