// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
)

const speedscopeSchema = "https://www.speedscope.app/file-format-schema.json"

type speedscopeFrame struct {
	Name string `json:"name"`
}

type speedscopeProfile struct {
	Type       string    `json:"type"`
	Name       string    `json:"name"`
	Unit       string    `json:"unit"`
	StartValue float64   `json:"startValue"`
	EndValue   float64   `json:"endValue"`
	Samples    [][]int   `json:"samples"`
	Weights    []float64 `json:"weights"`
}

type speedscopeFile struct {
	Schema   string `json:"$schema"`
	Name     string `json:"name"`
	Exporter string `json:"exporter"`
	Active   int    `json:"activeProfileIndex"`
	Shared   struct {
		Frames []speedscopeFrame `json:"frames"`
	} `json:"shared"`
	Profiles []speedscopeProfile `json:"profiles"`
}

// frame returns the index of a name's frame, which is added if it is new.
func (f *speedscopeFile) frame(name string) int {
	name = clean(name)
	for i, frame := range f.Shared.Frames {
		if frame.Name == name {
			return i
		}
	}
	f.Shared.Frames = append(f.Shared.Frames, speedscopeFrame{name})
	return len(f.Shared.Frames) - 1
}

// speedscope writes a profile by the schema: in order of execution, one sample for
// each stretch of operations on one call path, weighted by its core cycles. A weight
// can't be negative: a negative one becomes 0.
func speedscope(p *profile) ([]byte, error) {
	var out bytes.Buffer

	if len(p.Runs) == 0 {
		return nil, errors.New("no \"runs\" in it, which an older " +
			"switchcost didn't write: profile again")
	}
	f := speedscopeFile{Schema: speedscopeSchema, Name: clean(p.Sequence),
		Exporter: "switchcost"}
	one := speedscopeProfile{Type: "sampled", Unit: "none",
		Name: "core cycles, isolated, by prefixes"}
	for _, run := range p.Runs {
		stack := []int{}
		for _, name := range p.Paths[run.Path].Path {
			stack = append(stack, f.frame(name))
		}
		weight := run.Cycles.positive()
		one.Samples = append(one.Samples, stack)
		one.Weights = append(one.Weights, weight)
		one.EndValue += weight
	}
	f.Profiles = []speedscopeProfile{one}
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(f)
	return out.Bytes(), err
}
