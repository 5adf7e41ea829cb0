// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math"
)

// victim is a line of a cache, or a page of a TLB.
type victim struct {
	Set       json.RawMessage `json:"set"` // null: not known
	Line      int             `json:"line"`
	Share     *number         `json:"evicted_share"`
	P         *number         `json:"p"` // as older results call it
	Predicted *number         `json:"predicted"`
}

// share is of the replays that evict the victim.
func (v *victim) share() number {
	for _, n := range []*number{v.Share, v.P} {
		if n != nil {
			return *n
		}
	}
	return number(math.NaN())
}

func (v *victim) predicted() number {
	if v.Predicted == nil {
		return number(math.NaN())
	}
	return *v.Predicted
}

// level is what evict found of one cache or TLB.
type level struct {
	Valid        bool     `json:"valid"`
	LinesEvicted int      `json:"lines_evicted"`
	PagesEvicted int      `json:"pages_evicted"`
	Lines        []victim `json:"lines"`
	Pages        []victim `json:"pages"`
	Model        struct {
		Available bool   `json:"available"`
		Why       string `json:"why"`
	} `json:"model"`
}

// evictions is what "switchcost evict --json" prints, as far as views need it.
type evictions struct {
	Sequence string `json:"sequence"`
	Backend  string `json:"backend"`
	Victims  string `json:"victims"`
	L1d      *level `json:"l1d"`
	L2       *level `json:"l2"`
	DTLB     *level `json:"dtlb"`
	STLB     *level `json:"stlb"`
	// Timing's verdicts, where dtlb and stlb are those of the TLB oracle.
	ByTiming *struct {
		DTLB *level `json:"dtlb"`
		STLB *level `json:"stlb"`
	} `json:"by_timing"`
	Provenance provenance `json:"provenance"`
}

// check also sees whether each line has its place.
func (e *evictions) check(file string) error {
	if e.Victims != "synthetic" && e.Victims != "working-set" {
		return fmt.Errorf("%s: no evictions: give what "+
			"switchcost evict --json printed", file)
	}
	if e.ByTiming != nil {
		e.DTLB, e.STLB = e.ByTiming.DTLB, e.ByTiming.STLB
	}
	asked := 0
	for _, l := range []*level{e.L1d, e.L2, e.DTLB, e.STLB} {
		if l == nil {
			continue
		}
		asked++
		for i, v := range l.Lines {
			if v.Line < 0 || v.Line >= heatmapColumns {
				return fmt.Errorf("%s: lines[%d]: no line %d of a "+
					"page: measure again", file, i, v.Line)
			}
		}
	}
	if asked == 0 {
		return fmt.Errorf("%s: nothing was timed: what the TLB oracle "+
			"says isn't drawn: measure with --backend user", file)
	}
	return nil
}

// ofEvictions is the heat map of one result.
func ofEvictions(r request) ([]byte, error) {
	var e evictions

	if err := load(r.results[0], &e); err != nil {
		return nil, err
	}
	if err := e.check(r.results[0]); err != nil {
		return nil, err
	}
	return heatmap(&e), nil
}
