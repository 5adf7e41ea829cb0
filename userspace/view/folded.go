// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// Folded stacks hold whole numbers: thousandths of a core cycle.
const unitsPerCycle = 1000

// folded writes one call path a line: "a;b;c 12345", where the number is what the
// path costs itself. A negative cost can't be shown and is left out.
func folded(p *profile) ([]byte, error) {
	var out bytes.Buffer

	for _, path := range p.Paths {
		units := math.Round(path.SelfCycles.positive() * unitsPerCycle)
		if units <= 0 {
			continue
		}
		names := make([]string, len(path.Path))
		for i, name := range path.Path {
			// A semicolon would divide the name.
			names[i] = strings.ReplaceAll(clean(name), ";", ",")
		}
		fmt.Fprintf(&out, "%s %.0f\n", strings.Join(names, ";"), units)
	}
	return out.Bytes(), nil
}
