// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
	"time"

	"switchcost/goprobe/serve"
)

// A scenario is one kind of call under test. Each lives in a file of its own
// and registers itself.
type scenario struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`

	// Call says what one recorded call holds, where that isn't plain.
	Call string `json:"call,omitempty"`

	// Besides says what the mean live call takes that the recorded one doesn't,
	// so that their ratio says nothing of the replay.
	Besides string `json:"besides,omitempty"`

	// Begin lists the symbols at which a recording of one call begins, in
	// the order to try them: their spelling depends on the Go version.
	Begin []string `json:"begin"`

	// Cold names the states that stand for what before does to a call, as
	// switchcost replay --state has them, with a blank between.
	Cold string `json:"cold,omitempty"`

	// Mark is the symbol of the function that is called once the warm-up
	// is over and every further call is a steady one.
	Mark string `json:"mark"`

	// Procs is the GOMAXPROCS that the scenario sets, whatever number of
	// CPUs there is; 0 leaves it alone.
	Procs int `json:"procs"`

	// Unlocked says that the calling goroutine isn't locked to its thread,
	// so that the scheduler may move it.
	Unlocked bool `json:"unlocked"`

	// NeedsThreads says that the path only comes about if other threads
	// run while a recorded call is blocked in the kernel.
	NeedsThreads bool `json:"needs_threads"`

	// setup, if set, is called once, by the goroutine that then calls.
	setup func() error

	// One of three makes the calls. loop makes n calls, with
	// nothing but the loop around them. timed does that and says how long
	// they took. call makes one call, before which comes what before does,
	// untimed; a scenario may have it beside a loop.
	loop   func(n int)
	timed  func(n int) time.Duration
	before func()
	call   func()

	// stamped, if set, makes the call that call makes, between time stamps
	// that lie right around it and so many turns of a loop, and returns the
	// ticks between them.
	stamped func(turns int) uint64

	// held, if set, is how long the C function kept the last call waiting
	// on purpose, which isn't a cost of the call.
	held func() time.Duration

	// extra, if set, is a further figure of the n calls just timed.
	extra func(n int, elapsed time.Duration) (value float64, unit string)
}

// benching says that calls are timed, not recorded.
var benching bool

var scenarios = map[string]*scenario{}

func register(s *scenario) {
	if scenarios[s.Name] != nil {
		panic("scenario registered twice: " + s.Name)
	}
	s.Mark = markSymbol
	scenarios[s.Name] = s
}

// prepare brings the program into the state that s asks for.
func (s *scenario) prepare() error {
	if s.Procs > 0 {
		runtime.GOMAXPROCS(s.Procs)
	}
	if s.Unlocked {
		runtime.UnlockOSThread()
	}
	if s.setup == nil {
		return nil
	}
	if err := s.setup(); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// run makes n calls and returns how long they took.
func (s *scenario) run(n int) time.Duration {
	if s.timed != nil {
		return s.timed(n)
	}
	if s.loop == nil {
		return s.runPrepared(n)
	}
	start := time.Now()
	s.loop(n)
	return time.Since(start)
}

func (s *scenario) makeCalls(n int) { s.run(n) }

// calls returns what the scenario serves.
func (s *scenario) calls() *serve.Calls {
	return &serve.Calls{
		Name:    s.Name,
		Loop:    s.loop,
		Before:  s.before,
		Call:    s.call,
		Alone:   s.Cold != "",
		Stamped: s.stamped,
	}
}

// runPrepared times each call alone. A reading of the clock costs as much as a
// call, so its own price is taken off. It is read once more before it counts,
// lest it be cold itself after what before has done.
func (s *scenario) runPrepared(n int) time.Duration {
	var sum time.Duration
	price := clockPrice()
	for i := 0; i < n; i++ {
		if s.before != nil {
			s.before()
		}
		time.Now()
		start := time.Now()
		s.call()
		took := time.Since(start) - price
		if s.held != nil {
			took -= s.held()
		}
		sum += took
	}
	return sum
}

// clockPrice returns the time between two readings of the clock.
func clockPrice() time.Duration {
	const readings = 64
	least := time.Hour
	for i := 0; i < readings; i++ {
		start := time.Now()
		if took := time.Since(start); took < least {
			least = took
		}
	}
	return least
}

// sorted returns all scenarios in the order of their names.
func sorted() []*scenario {
	all := make([]*scenario, 0, len(scenarios))
	for _, s := range scenarios {
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

func find(name string) (*scenario, error) {
	if s := scenarios[name]; s != nil {
		return s, nil
	}
	var names []string
	for _, s := range sorted() {
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("unknown scenario %q; choose one of: %s",
		name, strings.Join(names, " "))
}

// cgoWrapper returns the symbols that the Go function which cgo generates for
// the C function name may have: not every Go version shows the ABI suffix.
func cgoWrapper(name string) []string {
	return []string{"main._Cfunc_" + name + ".abi0", "main._Cfunc_" + name}
}
