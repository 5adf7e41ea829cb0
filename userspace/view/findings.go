// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// findings are results of several verbs, put together: of each kind the first one is what
// a report speaks about, and the others stand beside it.
type findings struct {
	ruler     *ruler // the first of rulers
	rulers    []*ruler
	claims    []*judged
	profiles  []*profile
	evictions []*evictions
	matrix    *matrix
	yours     []yourCall
	sources   []source
}

// source is a result file: what it is, and whether it may be believed.
type source struct {
	File       string
	Kind       string
	Valid      bool
	Why        string
	Provenance provenance
}

// yourCall is the call of a program that isn't one of goprobe's; figures that aren't known
// are no numbers.
type yourCall struct {
	name   string
	from   string
	mean   number // ns, of calls as the program makes them
	median number // ns
	p99    number // ns
}

// place is where it is on the ruler: at its median, as other rows, if that is known.
func (c yourCall) place() number {
	if c.median.known() {
		return c.median
	}
	return c.mean
}

func (c yourCall) said() string {
	var parts []string
	for _, one := range []struct {
		what string
		ns   number
	}{{"mean ", c.mean}, {"median ", c.median}, {"99 % within ", c.p99}} {
		if one.ns.known() {
			parts = append(parts, one.what+duration(one.ns))
		}
	}
	return strings.Join(parts, ", ")
}

// claimFlag is a number that a claim says, at its place on the ruler.
type claimFlag struct {
	id       string
	sentence string
	verdict  string
	found    string
	briefly  string // what was found, without its interval
	ns       float64
	mark     string
	class    string
}

func (f claimFlag) said() []string {
	return []string{f.verdict + ": " + f.sentence, "it claims " +
		duration(number(f.ns)) + "; found: " + f.found}
}

// verdictMarks are how verdicts are told apart without colours.
var verdictMarks = map[string]string{"supported": "✓", "refuted": "✗",
	"conditional": "±", "undetermined": "?", "malformed": "!", "not measurable": "–"}

// verdictClass is a verdict's colour, as a class of the pictures' style.
func verdictClass(verdict string) string {
	if verdict == "not measurable" {
		return "unmeasured"
	}
	return verdict
}

// claimed is the number that a claim says, in ns: of a range the middle, on the scale of
// the ruler; 0: it isn't about time.
func (c *claim) claimed(cyclesPerNs float64) float64 {
	lo, hi := float64(c.Limits.Lo), float64(c.Limits.Hi)
	value := math.NaN()

	switch {
	case c.Limits.Lo.known() && c.Limits.Hi.known():
		value = math.Sqrt(lo * hi)
	case c.Limits.Lo.known():
		value = lo
	case c.Limits.Hi.known():
		value = hi
	}
	switch c.Unit {
	case "ns":
	case "cycles":
		value /= cyclesPerNs
	default:
		return 0
	}
	if math.IsNaN(value) || value <= 0 {
		return 0
	}
	return value
}

// scenario is the one that the claim was judged by, as its evidence is named:
// "time-exit-no-p", "time-callback-go1.19".
func (c *claim) scenario() string {
	if len(c.Evidence) == 0 {
		return ""
	}
	_, name, _ := strings.Cut(c.Evidence[0], "-")
	if i := strings.LastIndex(name, "-go"); i >= 0 && i+3 < len(name) &&
		name[i+3] >= '0' && name[i+3] <= '9' {
		name = name[:i]
	}
	return name
}

// flagsOf are the claims about a scenario that has a row; of "" those about others.
func (f *findings) flagsOf(scenario string) []claimFlag {
	var flags []claimFlag

	if len(f.claims) == 0 || f.ruler == nil {
		return nil
	}
	rows := map[string]bool{}
	for i := range f.ruler.Rows {
		rows[f.ruler.Rows[i].Scenario] = true
	}
	for i := range f.claims[0].Claims {
		c := &f.claims[0].Claims[i]
		ns := c.claimed(float64(f.ruler.clock()))
		of := c.scenario()
		if !rows[of] {
			of = ""
		}
		if ns == 0 || of != scenario {
			continue
		}
		flags = append(flags, claimFlag{id: c.ID, sentence: c.Sentence,
			verdict: c.Verdict, found: c.shown(), briefly: c.briefly(), ns: ns,
			mark: verdictMarks[c.Verdict], class: verdictClass(c.Verdict)})
	}
	sort.SliceStable(flags, func(i, j int) bool { return flags[i].ns < flags[j].ns })
	return flags
}

// span is a piece of a sentence.
type span struct {
	Text   string
	Strong bool
}

type prose []span

func (p prose) plain() string {
	text := ""
	for _, s := range p {
		text += s.Text
	}
	return text
}

func (p *prose) say(format string, args ...any) {
	*p = append(*p, span{Text: fmt.Sprintf(format, args...)})
}

func (p *prose) stress(format string, args ...any) {
	*p = append(*p, span{fmt.Sprintf(format, args...), true})
}

// classWords say what the classes of ablation are.
var classWords = map[string]string{
	"registers":  "saving and restoring registers",
	"switch":     "the switch of stacks itself",
	"calls":      "calls and returns",
	"branches":   "branches",
	"sync":       "locked operations",
	"stack":      "accesses to stacks",
	"heap":       "accesses to g, m and p",
	"arithmetic": "arithmetic",
}

func classInWords(name string) string {
	if words, known := classWords[name]; known {
		return words
	}
	return name
}

// dominant is the class of operations without which a call would be shorter by most, and
// by which share of it; "": nobody has measured that.
func (f *findings) dominant() (class string, share number, where string) {
	for _, p := range f.profiles {
		if !p.Ablation.Valid {
			continue
		}
		for _, c := range p.Ablation.Classes {
			if c.Share.known() && (class == "" || c.Share > share) {
				class, share = c.Name, c.Share
			}
		}
		return classInWords(class), share, f.elsewhere(p.Provenance)
	}
	return "", 0, ""
}

// costliest is the function that most of a call's time is in, and its share; "": nobody has
// measured that.
func (f *findings) costliest() (function string, share number) {
	if len(f.profiles) == 0 {
		return "", 0
	}
	for _, part := range f.profiles[0].Functions {
		if part.Share.known() && (function == "" || part.Share > share) {
			function, share = part.Name, part.Share
		}
	}
	return function, share
}

// dominance is that in words.
func (f *findings) dominance() string {
	function, share := f.costliest()
	if function == "" {
		return ""
	}
	return fmt.Sprintf("%.0f %% of it in %s", float64(share*100), function)
}

// elsewhere names a machine that isn't the ruler's.
func (f *findings) elsewhere(p provenance) string {
	if f.ruler == nil || p.Signature == f.ruler.Provenance.Signature &&
		p.CPU == f.ruler.Provenance.CPU {
		return ""
	}
	return fmt.Sprintf(" (on another machine, %s %s)", p.CPU, p.Signature)
}

// example is the first refuted claim of the catalogue whose number stands on the ruler; nil:
// there is none.
func (f *findings) example() *claim {
	for i := range f.claims[0].Claims {
		c := &f.claims[0].Claims[i]
		if c.Verdict == "refuted" && c.claimed(float64(f.ruler.clock())) > 0 {
			return c
		}
	}
	return nil
}

// sentence answers at a glance: what a call costs here, what dominates it, when it
// explodes, and which claim is false.
func (f *findings) sentence() prose {
	var p prose

	if f.ruler == nil {
		return nil
	}
	bare, worst := f.ruler.row("bare"), f.ruler.worst()
	if bare == nil {
		p.say("No bare call was measured; %d other situations were", f.ruler.measured())
	} else {
		p.say("A call from Go to C takes ")
		if bare.Live.Loop.Mean.known() {
			p.stress("%s", duration(bare.Live.Loop.Mean))
			p.say(" (%s core cycles) in a loop here, and ",
				thousands(bare.Live.LoopCycles))
		}
		p.stress("%s", duration(bare.Live.Median))
		p.say(" (%s cycles) alone", thousands(bare.Live.MedianCycles))
	}
	p.dominated(f)
	p.say(".")
	p.yourCalls(f, bare)
	if bare != nil && worst != nil && worst != bare {
		p.say(" 99 of 100 bare calls take %s at most, but ", duration(bare.Live.P99))
		p.stress("%s", duration(worst.Live.P99))
		p.say(" in the worst situation here, “")
		p.stress("%s", worst.Title)
		p.say("”")
		if worst.Name == "no-p" {
			p.say(" (%s)", processorNote)
		}
		p.say(": %s times a bare call's median.",
			times(float64(worst.Live.P99/bare.Live.Median)))
	}
	p.claimed(f)
	return p
}

// briefly is what was found, without its interval, of times by the unit that suits it.
func (c *claim) briefly() string {
	switch {
	case !c.Measured.known() || c.isWhether():
		return c.shown()
	case c.Unit == "ns":
		return duration(c.Measured)
	}
	return found(c.Measured, interval{c.Measured, c.Measured}, c.Unit)
}

// yourCalls adds how the user's own calls compare with a bare one: a mean is of calls as a
// program makes them, a median of single ones.
func (p *prose) yourCalls(f *findings, bare *situation) {
	for _, c := range f.yours {
		p.say(" Your call of “%s” takes ", c.name)
		if c.mean.known() {
			p.stress("%s", duration(c.mean))
			p.say(" on average, C's work included")
			if bare != nil && bare.Live.Loop.Mean.known() {
				p.say(": %s times a bare call in a loop",
					times(float64(c.mean/bare.Live.Loop.Mean)))
			}
		} else {
			p.stress("%s", duration(c.median))
			p.say(" by the median, C's work included")
			if bare != nil {
				p.say(": %s times a bare call alone",
					times(float64(c.median/bare.Live.Median)))
			}
		}
		p.say(".")
	}
}

// dominated adds what a call's time goes into, on the profile's machine.
func (p *prose) dominated(f *findings) {
	function, most := f.costliest()
	if function == "" {
		return
	}
	p.say("; ")
	p.stress("%.0f %%", float64(most*100))
	p.say(" of it is in %s", function)
	if class, share, _ := f.dominant(); class != "" {
		p.say(", and without %s the call would take %.0f %% less", class,
			float64(share*100))
	}
	p.say("%s", f.elsewhere(f.profiles[0].Provenance))
}

// otherVerdicts are all but "refuted", in the order in which they are counted.
var otherVerdicts = [][2]string{{"supported", "supported"},
	{"conditional", "true in some cases only"},
	{"malformed", "malformed (no sense as they stand)"},
	{"undetermined", "undetermined"}, {"not measurable", "not measurable here"}}

// claimed adds how claims fared, on their machine.
func (p *prose) claimed(f *findings) {
	if len(f.claims) == 0 {
		return
	}
	counts := map[string]int{}
	for _, c := range f.claims[0].Claims {
		counts[c.Verdict]++
	}
	p.say(" Of %d claims about such calls ", len(f.claims[0].Claims))
	p.stress("%d are refuted", counts["refuted"])
	for _, v := range otherVerdicts {
		if n := counts[v[0]]; n > 0 {
			p.say(", %d %s", n, v[1])
		}
	}
	p.say("%s.", f.elsewhere(f.claims[0].Provenance))
	if one := f.example(); one != nil {
		p.say(" A refuted one: “%s”; found: %s", strings.TrimSuffix(one.Sentence, "."),
			one.briefly())
		if note := exampleNotes[one.scenario()]; note != "" {
			p.say(" for %s", note)
		}
		p.say(".")
	}
}

// exampleNotes say of which call a figure is that doesn't explain itself. The chain of
// goprobe's work10us has 8752 links of a multiplication and an addition, 4 cycles each.
var exampleNotes = map[string]string{
	"work10us": "the whole call, whose C function is a chain of 35\u202f008 core cycles, " +
		"10 µs at 3.5 GHz",
}

// measured is how many rows were.
func (r *ruler) measured() int {
	n := 0
	for i := range r.Rows {
		if r.Rows[i].Valid {
			n++
		}
	}
	return n
}
