// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"
)

// sampledStack is a stack that was sampled, the outermost function first.
type sampledStack struct {
	Samples int64    `json:"samples"`
	Kind    string   `json:"kind"`
	Kernel  bool     `json:"kernel"`
	Stack   []string `json:"stack"`
}

// samples is what "switchcost sample --json" prints, as far as views need it.
type samples struct {
	Program    string         `json:"program"`
	Go         string         `json:"go"`
	Event      string         `json:"event"`
	Rate       int64          `json:"rate"`
	Samples    int64          `json:"samples"`
	Lost       int64          `json:"lost"`
	Seconds    float64        `json:"seconds"`
	Stacks     []sampledStack `json:"stacks"`
	Provenance provenance     `json:"provenance"`
}

// pathMark stands below all that is on the way into C and back, in folded stacks.
const pathMark = "[cgo path]"

// names are a stack's functions, and a mark where it is in the kernel.
func (s sampledStack) names() []string {
	names := append([]string(nil), s.Stack...)
	if s.Kernel {
		names = append(names, "[kernel]")
	}
	return names
}

// foldedSamples writes one stack a line: "a;b;c 12", with its number of samples.
func foldedSamples(s *samples) ([]byte, error) {
	var out bytes.Buffer

	for _, stack := range s.Stacks {
		names := stack.names()
		if stack.Kind == "path" {
			names = append(names, pathMark)
		}
		for i, name := range names {
			// A semicolon would divide the name.
			names[i] = strings.ReplaceAll(clean(name), ";", ",")
		}
		fmt.Fprintf(&out, "%s %d\n", strings.Join(names, ";"),
			stack.Samples)
	}
	return out.Bytes(), nil
}

// ofSamples is a view of one result of sample.
func ofSamples(draw func(*samples) ([]byte, error)) view {
	return func(r request) ([]byte, error) {
		var s samples

		file := r.results[0]
		if err := load(file, &s); err != nil {
			return nil, err
		}
		if len(s.Stacks) == 0 || s.Rate <= 0 {
			return nil, fmt.Errorf("%s: no stacks: give what "+
				"switchcost sample --json printed", file)
		}
		return draw(&s)
	}
}
