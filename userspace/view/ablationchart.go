// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
)

// ablationChart draws what a call takes less without each class of its operations.
func ablationChart(p *profile) []byte {
	const head, foot = 76.0, 26.0
	var d canvas

	a := axis{left: margin + nameWidth, width: plotWidth - nameWidth - valuesWidth}
	for _, c := range p.Ablation.Classes {
		a.stretch(c.Removed.interval())
	}
	d.text(margin, 26, "title", "%s: what it takes less without each class",
		baseName(p.Sequence))
	d.text(margin, 44, "", "Core cycles that go with a class when its operations are "+
		"taken out, of %s. Shares of overlapping work need not add up.",
		p.Ablation.Whole.Mean)
	d.text(firstValue, head-8, "end", "cycles")
	d.text(lastValue, head-8, "end", "share")
	bottom := head + rowHeight*float64(len(p.Ablation.Classes))
	if !a.empty() {
		d.axis(a, head-4, bottom)
	}
	for i, c := range p.Ablation.Classes {
		middle := head + rowHeight*(float64(i)+0.5)
		d.begin(fmt.Sprintf("%s: %s cycles [%s, %s] less, %d operations",
			classInWords(c.Name), c.Removed.Mean, c.Removed.Lo, c.Removed.Hi,
			c.Ops))
		if c.Removed.Mean.known() && !a.empty() {
			zero, end := a.at(0), a.at(c.Removed.Mean)
			d.rect(math.Min(zero, end), middle-barHeight/2, math.Abs(end-zero),
				barHeight, lookRuntime.fill, lookRuntime.edge)
			d.whisker(a, c.Removed.interval(), middle)
		}
		d.text(margin, middle+4, "", "%s (%d)", classInWords(c.Name), c.Ops)
		d.text(firstValue, middle+4, "end", "%s ± %s", c.Removed.Mean,
			c.Removed.interval().half())
		d.text(lastValue, middle+4, "end", "%s %%", c.Share*100)
		d.end()
	}
	d.text(margin, bottom+16, "note", "%s", p.Provenance)
	return d.document(pageWidth, bottom+foot, "Ablation of "+baseName(p.Sequence))
}
