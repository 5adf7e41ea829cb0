// SPDX-License-Identifier: GPL-2.0

// Command mutants changes the engine in one place at a time, drawn by chance, and sees if
// a unit test notices. A mutant that none notices is printed: either nothing can notice
// it, which tests/mutants/equivalent argues, or a test is missing.
//
// Each file is compiled once a mutant, and linked to a shared object that all tests use.
// A mutant that the compiler makes the same code of is none.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

const usage = `usage: mutants [-n N] [-seed N] [-j N] [-again] [-only TEXT] [-list] [-check]

Run it at the tree's top, after "make killers".
`

// Verifier, emitter, layout and the reader of what was emitted, of which the kernel makes
// machine code.
var engineFiles = strings.Fields(`absmachine access chunks disasm emit emitop emitframe
	emitstack emitturns encode footprint layout loop optable program readback reader readop
	readstack readturns shape sharing site slots turns vecstate verify`)

const (
	folder      = "build/mutants"
	equivalents = "tests/mutants/equivalent"
)

// A campaign is all that one call works with.
type campaign struct {
	n, jobs     int
	seed        uint64
	again       bool
	only        string
	places      []place
	reasons     map[string]string
	results     *results
	engine      *engine
	killers     []*killer
	record      *record
	work        string // absolute folder
	mu          sync.Mutex
	next, taken int
	err         error
}

// counts says if a verdict counts as one of the N: a mutant that is another program.
func counts(verdict string) bool {
	return verdict != "" && verdict != invalid && verdict != same
}

// take hands out the next place to judge, or nothing. Those that were judged count.
func (c *campaign) take() (place, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ; c.err == nil && c.taken < c.n && c.next < len(c.places); c.next++ {
		p := c.places[c.next]
		verdict := c.results.of(p)
		_, argued := c.reasons[p.key()]
		if !strings.Contains(p.key(), c.only) {
			continue
		}
		if verdict == "" || (c.again && verdict == survived && !argued) ||
			(c.only != "" && c.again) {
			c.taken++
			c.next++
			return p, true
		}
		if counts(verdict) {
			c.taken++
		}
	}
	return place{}, false
}

// judge returns what becomes of a mutant, built and run in a worker's folder.
func (c *campaign) judge(p place, worker string) (string, error) {
	how, err := c.engine.build(p, worker)
	if err != nil {
		return "", err
	}
	switch how {
	case refused:
		return invalid, nil
	case alike:
		return same, nil
	}
	for _, k := range c.record.order(p.file, c.killers) {
		ended, _, err := k.run(worker, k.limit())
		if err != nil {
			return "", err
		}
		c.record.note(p.file, k.name, ended != passes)
		if ended == endless {
			return k.name + " (endless)", nil
		} else if ended == fails {
			return k.name, nil
		}
	}
	return survived, nil
}

// work judges places until there are no more.
func (c *campaign) worker(n int, done *sync.WaitGroup) {
	defer done.Done()
	box := filepath.Join(c.work, fmt.Sprintf("worker%d", n))
	if err := os.MkdirAll(box, 0o777); err != nil {
		c.stop(err)
		return
	}
	for {
		p, found := c.take()
		if !found {
			return
		}
		verdict, err := c.judge(p, box)
		if err == nil {
			err = c.results.add(p, verdict)
		}
		if err != nil {
			c.stop(err)
			return
		}
		if !counts(verdict) {
			// Another is drawn for it.
			c.mu.Lock()
			c.taken--
			c.mu.Unlock()
		}
		if c.only != "" || verdict == survived {
			fmt.Printf("%s: module/engine/%s:%d: %s %d: %s\n", verdict, p.file, p.line,
				p.rule, p.nth, p.text)
		}
	}
}

// stop has all workers end, for a reason that is no mutant's.
func (c *campaign) stop(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// summary counts the first N of the order that were judged.
func (c *campaign) summary() string {
	var all, killed, argued, left, alike int
	for _, p := range c.places {
		verdict := c.results.of(p)
		if verdict == same {
			alike++
		}
		if !counts(verdict) || all >= c.n {
			continue
		}
		all++
		_, known := c.reasons[p.key()]
		switch {
		case verdict != survived:
			killed++
		case known:
			argued++
		default:
			left++
		}
	}
	return fmt.Sprintf("%d mutants: %d killed, %d equivalent, %d survived; "+
		"and %d that are the same code", all, killed, argued, left, alike)
}

// findPlaces lists all places of the tree, in the order of the seed, and sees that each
// mutant that is argued about is one.
func (c *campaign) findPlaces() error {
	known := make(map[string]bool)
	for _, name := range engineFiles {
		content, err := os.ReadFile(filepath.Join("module/engine", name+".c"))
		if err != nil {
			return err
		}
		for _, p := range placesOf(name+".c", string(content)) {
			c.places = append(c.places, p)
			known[p.key()] = true
		}
	}
	draw(c.places, c.seed)
	for key := range c.reasons {
		if !known[key] {
			return fmt.Errorf("%s: no such place in the engine: %s", equivalents,
				strings.ReplaceAll(key, "\t", " "))
		}
	}
	return nil
}

// prepare copies and compiles the engine, and runs all tests with it as it is.
func (c *campaign) prepare() (err error) {
	if c.work, err = filepath.Abs(folder); err != nil {
		return err
	}
	if c.engine, err = copyEngine(".", filepath.Join(c.work, "copy")); err != nil {
		return err
	}
	as := filepath.Join(c.work, "unchanged")
	if err = os.MkdirAll(as, 0o777); err != nil {
		return err
	}
	if err = c.engine.link(filepath.Join(as, "libengine.so"), "", ""); err != nil {
		return err
	}
	if c.killers, err = findKillers(filepath.Join(c.work, "tests"), as,
		c.jobs); err != nil {
		return err
	}
	// An earlier call's experience.
	c.record = newRecord()
	for key, verdict := range c.results.verdict {
		if counts(verdict) && verdict != survived {
			file, _, _ := strings.Cut(key, "\t")
			name, _, _ := strings.Cut(verdict, " ")
			c.record.note(file, name, true)
		}
	}
	return nil
}

func (c *campaign) run() error {
	var done sync.WaitGroup

	if err := c.prepare(); err != nil {
		return err
	}
	for i := 0; i < c.jobs; i++ {
		done.Add(1)
		go c.worker(i, &done)
	}
	done.Wait()
	fmt.Println(c.summary())
	return c.err
}

func main() {
	var c campaign

	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.IntVar(&c.n, "n", 500, "mutants in all, those of earlier calls included")
	flag.Uint64Var(&c.seed, "seed", 1, "of the order in which they are drawn")
	flag.IntVar(&c.jobs, "j", runtime.NumCPU(), "mutants at a time")
	flag.BoolVar(&c.again, "again", false, "judge survivors once more")
	flag.StringVar(&c.only, "only", "", "judge those whose names hold this `text`")
	list := flag.Bool("list", false, "print all names, in their order, and judge none")
	check := flag.Bool("check", false, "see that each equivalent mutant is a place")
	flag.Parse()
	if flag.NArg() > 0 || c.n < 1 || c.jobs < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := c.do(*list, *check); err != nil {
		fmt.Fprintf(os.Stderr, "mutants: %v\n", err)
		os.Exit(1)
	}
}

func (c *campaign) do(list, check bool) (err error) {
	if c.reasons, err = readEquivalents(equivalents); err != nil {
		return err
	}
	if err = c.findPlaces(); err != nil {
		return err
	}
	if list {
		for _, p := range c.places {
			fmt.Println(p.key())
		}
		return nil
	}
	if check {
		fmt.Printf("%d equivalent mutants of %d places\n", len(c.reasons), len(c.places))
		return nil
	}
	if err = os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	if c.results, err = openResults(filepath.Join(folder, "results")); err != nil {
		return err
	}
	defer c.results.file.Close()
	return c.run()
}
