// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
)

// claim is a row of what "switchcost claims --json" prints.
type claim struct {
	ID        string   `json:"id"`
	Verdict   string   `json:"verdict"`
	Core      string   `json:"as_far_as_it_means"`
	Measured  number   `json:"measured"`
	CI        interval `json:"ci"`
	Predicted string   `json:"predicted"`
	Why       string   `json:"why"`
	Sentence  string   `json:"sentence"`
	Source    string   `json:"source"`
	Note      string   `json:"note"`
	Explain   string   `json:"explain"`
	Malformed string   `json:"malformed"`
	Unit      string   `json:"unit"`
	Class     string   `json:"class"`
	Levels    []string `json:"levels"`
	Context   string   `json:"context"`
	Draws     int      `json:"draws"`
	Flip      number   `json:"flips_if_moved_by"`
	Evidence  []string `json:"evidence"`
	Limits    struct {
		Lo number `json:"lo"`
		Hi number `json:"hi"`
	} `json:"limits"`
	Versions []struct {
		Go      string `json:"go"`
		Verdict string `json:"verdict"`
	} `json:"versions"`
	Cases []struct {
		Name     string   `json:"name"`
		Go       string   `json:"go"`
		Verdict  string   `json:"verdict"`
		Measured number   `json:"measured"`
		CI       interval `json:"ci"`
	} `json:"cases"`
}

type judged struct {
	Catalogue struct {
		Name string `json:"name"`
		Hash string `json:"hash"`
	} `json:"catalogue"`
	Go         string     `json:"go"`
	Claims     []claim    `json:"claims"`
	Provenance provenance `json:"provenance"`
	Control    struct {
		Tested    int `json:"tested"`
		Withdrawn int `json:"withdrawn"`
	} `json:"control"`
}

// unknown stands for a figure that there isn't.
const unknown = "nothing"

// figure has three digits that count, and no exponent.
func figure(n number) string {
	if !n.known() {
		return "?"
	}
	value := float64(n)
	digits := 0
	if value != 0 && value != math.Trunc(value) {
		digits = 2 - int(math.Floor(math.Log10(math.Abs(value))))
	}
	if digits < 0 {
		digits = 0
	}
	return strings.Replace(fmt.Sprintf("%.*f", digits, value), "-", "−", 1)
}

// found is a figure with its interval, where that has a width, and its unit.
func found(n number, ci interval, unit string) string {
	if !n.known() {
		return unknown
	}
	text := figure(n)
	if ci[0] != ci[1] {
		text += fmt.Sprintf(" [%s, %s]", figure(ci[0]), figure(ci[1]))
	}
	if unit != "" {
		text += " " + unit
	}
	return text
}

// isWhether says that the claim is of something that is there or isn't.
func (c *claim) isWhether() bool {
	return c.Predicted == "it is there" || c.Predicted == "it isn't there"
}

// shown is what was found, in words where it isn't a figure.
func (c *claim) shown() string {
	switch {
	case !c.Measured.known():
		return unknown
	case c.isWhether() && c.Measured == 0:
		return "it isn't there"
	case c.isWhether():
		return "it is there"
	}
	return found(c.Measured, c.CI, c.Unit)
}

// explained fills in the figures: {measured}, {predicted}, and {NAME} of a case.
func (c *claim) explained() string {
	pairs := []string{"{measured}", c.shown(), "{predicted}", c.Predicted,
		"{verdict}", c.Verdict}
	// Of several versions, the newest stands for all, and comes last.
	for i := len(c.Cases) - 1; i >= 0; i-- {
		k := &c.Cases[i]
		name := strings.TrimPrefix(k.Name, "Go "+k.Go+": ")
		pairs = append(pairs, "{"+name+"}",
			found(k.Measured, k.CI, c.Unit))
	}
	for i := 1; i < len(pairs); i += 2 {
		if pairs[i] == unknown {
			pairs[i] = "(" + unknown + " was measured)"
		}
	}
	return strings.NewReplacer(pairs...).Replace(c.Explain)
}

// verdict is the verdict, and of a malformed sentence what is left of it.
func (c *claim) verdict() string {
	if c.Verdict == "malformed" {
		return "malformed; what is left of it is " + c.Core
	}
	return c.Verdict
}

func (c *claim) section(out *bytes.Buffer) {
	fmt.Fprintf(out, "\n### %s\n\n> %s\n\n(%s)\n\n**%s.** ", clean(c.ID),
		clean(c.Sentence), clean(c.Source), clean(c.verdict()))
	fmt.Fprintf(out, "Predicted: %s. Found: %s", clean(c.Predicted),
		clean(c.shown()))
	if c.Draws > 1 {
		fmt.Fprintf(out, " (%s; %d draws, the interval contains %s)",
			c.Context, c.Draws, strings.Join(c.Levels, " and "))
	} else if c.Measured.known() {
		fmt.Fprintf(out, " (%s)", c.Context)
	}
	fmt.Fprint(out, ".")
	if c.Measured.known() && !c.isWhether() && c.Flip.known() {
		fmt.Fprintf(out, " The prediction's limit would have to move by %s"+
			" for the opposite verdict.", found(c.Flip, interval{}, c.Unit))
	}
	if c.Malformed != "" {
		fmt.Fprintf(out, " Wrong with the sentence: %s.", clean(c.Malformed))
	}
	if c.Verdict == "undetermined" || c.Verdict == "not measurable" ||
		c.Verdict == "conditional" {
		fmt.Fprintf(out, " Why: %s.", clean(c.Why))
	}
	if c.Note != "" {
		fmt.Fprintf(out, " The figure is %s.", clean(c.Note))
	}
	fmt.Fprint(out, "\n")
	if c.Explain != "" {
		fmt.Fprintf(out, "\n%s\n", clean(c.explained()))
	}
}

// versions is a table of verdicts by version of Go, of the claims that were judged for
// several; nothing if none was.
func (j *judged) versions(out *bytes.Buffer) {
	first := true
	for i := range j.Claims {
		c := &j.Claims[i]
		if len(c.Versions) == 0 {
			continue
		}
		header, row := []string{"claim"}, []string{c.Sentence}
		for _, v := range c.Versions {
			header = append(header, "Go "+v.Go)
			row = append(row, v.Verdict)
		}
		if first {
			fmt.Fprint(out, "\n## By version of Go\n\n")
			out.WriteString(cells(header))
			out.WriteString(strings.Repeat("| --- ", len(header)) + "|\n")
			first = false
		}
		out.WriteString(cells(row))
	}
}

func (j *judged) markdown() []byte {
	var out bytes.Buffer

	fmt.Fprintf(&out, "# Claims\n\nThis page is made by `switchcost-view "+
		"claims` of a result file: change the catalogue\n(`claims/%s`, %s), "+
		"judge, and draw it again. Verdicts speak of one machine:\n%s. "+
		"What there is to know about\nverdicts is in [verdicts.md]"+
		"(verdicts.md).\n\n", j.Catalogue.Name, j.Catalogue.Hash,
		clean(j.Provenance.String()))
	counts := map[string]int{}
	for _, c := range j.Claims {
		counts[c.Verdict]++
	}
	fmt.Fprint(&out, "| verdict | claims |\n| --- | ---: |\n")
	for _, v := range []string{"supported", "refuted", "conditional",
		"undetermined", "malformed", "not measurable"} {
		fmt.Fprintf(&out, "| %s | %d |\n", v, counts[v])
	}
	fmt.Fprint(&out, "\n| claim | verdict | predicted | found |\n"+
		"| --- | --- | --- | --- |\n")
	for i := range j.Claims {
		c := &j.Claims[i]
		out.WriteString(cells([]string{c.Sentence, c.Verdict, c.Predicted,
			c.shown()}))
	}
	fmt.Fprintf(&out, "\nOf %d claims with intervals, %d verdicts were withdrawn "+
		"to keep false ones rare\namong all.\n", j.Control.Tested,
		j.Control.Withdrawn)
	j.versions(&out)
	for i := range j.Claims {
		j.Claims[i].section(&out)
	}
	return out.Bytes()
}

func noClaims(file string) error {
	return errors.New(file + ": holds no claims: give what " +
		"switchcost claims --json printed")
}

func ofClaims(r request) ([]byte, error) {
	var j judged

	if err := load(r.results[0], &j); err != nil {
		return nil, err
	}
	if len(j.Claims) == 0 {
		return nil, noClaims(r.results[0])
	}
	return j.markdown(), nil
}
