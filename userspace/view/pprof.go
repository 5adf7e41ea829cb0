// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"compress/gzip"
)

// message is one of protocol buffers' being written: a field is its number with the
// kind of its value, and the value (protobuf.dev, "Encoding").
type message struct {
	bytes.Buffer
}

const (
	kindVarint = 0
	kindBytes  = 2
)

func (m *message) varint(v uint64) {
	for ; v >= 0x80; v >>= 7 {
		m.WriteByte(byte(v) | 0x80)
	}
	m.WriteByte(byte(v))
}

func (m *message) number(field int, v int64) {
	m.varint(uint64(field)<<3 | kindVarint)
	m.varint(uint64(v))
}

func (m *message) data(field int, data []byte) {
	m.varint(uint64(field)<<3 | kindBytes)
	m.varint(uint64(len(data)))
	m.Write(data)
}

// The fields of pprof's profile.proto that are written here.
const (
	profileSampleType  = 1
	profileSample      = 2
	profileLocation    = 4
	profileFunction    = 5
	profileString      = 6
	profileDuration    = 10
	profilePeriodType  = 11
	profilePeriod      = 12
	valueTypeType      = 1
	valueTypeUnit      = 2
	sampleLocation     = 1
	sampleValue        = 2
	sampleLabel        = 3
	labelKey           = 1
	labelString        = 2
	locationID         = 1
	locationLine       = 4
	lineFunction       = 1
	functionID         = 1
	functionName       = 2
	functionSystemName = 3
)

// pprofOf is a profile for go tool pprof being written.
type pprofOf struct {
	message
	strings   map[string]int64
	list      []string
	functions map[string]int64
}

// text is the number of a string; the first is "".
func (p *pprofOf) text(s string) int64 {
	s = clean(s)
	n, known := p.strings[s]
	if !known {
		n = int64(len(p.list))
		p.strings[s] = n
		p.list = append(p.list, s)
	}
	return n
}

func (p *pprofOf) valueType(field int, kind, unit string) {
	var v message
	v.number(valueTypeType, p.text(kind))
	v.number(valueTypeUnit, p.text(unit))
	p.data(field, v.Bytes())
}

// location is the number of a function, which has one location: addresses within it
// were the sampler's to tell apart.
func (p *pprofOf) location(name string) int64 {
	var f, line, location message

	id, known := p.functions[name]
	if known {
		return id
	}
	id = int64(len(p.functions) + 1)
	p.functions[name] = id
	f.number(functionID, id)
	f.number(functionName, p.text(name))
	f.number(functionSystemName, p.text(name))
	p.data(profileFunction, f.Bytes())
	line.number(lineFunction, id)
	location.number(locationID, id)
	location.data(locationLine, line.Bytes())
	p.data(profileLocation, location.Bytes())
	return id
}

func (p *pprofOf) sample(stack sampledStack, period int64) {
	var s, locations, values, label message

	names := stack.names()
	for i := len(names) - 1; i >= 0; i-- { // the leaf comes first
		locations.varint(uint64(p.location(names[i])))
	}
	values.varint(uint64(stack.Samples))
	values.varint(uint64(stack.Samples * period))
	label.number(labelKey, p.text("kind"))
	label.number(labelString, p.text(stack.Kind))
	s.data(sampleLocation, locations.Bytes())
	s.data(sampleValue, values.Bytes())
	s.data(sampleLabel, label.Bytes())
	p.data(profileSample, s.Bytes())
}

// pprof writes what go tool pprof opens. A sample's label "kind" says what the thread
// was doing: -tagfocus=kind=path shows the way into C and back.
func pprof(s *samples) ([]byte, error) {
	var out bytes.Buffer

	p := pprofOf{strings: map[string]int64{}, functions: map[string]int64{}}
	period := int64(1e9) / s.Rate
	p.text("")
	p.valueType(profileSampleType, "samples", "count")
	p.valueType(profileSampleType, "cpu", "nanoseconds")
	for _, stack := range s.Stacks {
		p.sample(stack, period)
	}
	p.valueType(profilePeriodType, "cpu", "nanoseconds")
	p.number(profilePeriod, period)
	p.number(profileDuration, int64(s.Seconds*1e9))
	for _, text := range p.list {
		p.data(profileString, []byte(text))
	}
	zip := gzip.NewWriter(&out)
	if _, err := zip.Write(p.Bytes()); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
