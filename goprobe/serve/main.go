// SPDX-License-Identifier: GPL-2.0

package serve

import (
	"fmt"
	"os"
	"time"
)

// Enough calls that every cache, lazily bound symbol and stack is settled, or,
// where calls are slow, as many as this time allows.
const (
	warmupCalls = 100_000
	warmupTime  = 400 * time.Millisecond
)

// WarmUp has run make more and more calls.
func WarmUp(run func(n int)) {
	start := time.Now()
	for n, calls := 1, 0; calls < warmupCalls; n *= 2 {
		run(n)
		calls += n
		// The next round takes twice as long.
		if 2*time.Since(start) > warmupTime {
			return
		}
	}
}

// RunForever warms up, calls mark, and makes calls until it is ended: this is what is
// recorded.
func RunForever(run func(n int), mark func()) {
	WarmUp(run)
	mark()
	for {
		run(warmupCalls)
	}
}

// Mark does nothing: a recorder waits for it to be called.
//
//go:noinline
func Mark() {}

// Main is all that a program does which is there for its calls alone: "run" makes them
// for ever, to be recorded, and "serve" as it is asked to.
func (c *Calls) Main() {
	verb := ""
	if len(os.Args) == 2 {
		verb = os.Args[1]
	}
	var err error
	switch verb {
	case "run":
		RunForever(c.run, Mark)
	case "serve":
		WarmUp(c.run)
		err = c.Serve(Requests{}, os.Stdout)
	default:
		err = fmt.Errorf("usage: %s run | serve", os.Args[0])
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", c.Name, err)
		os.Exit(2)
	}
}

// run makes n calls, with what comes before each.
func (c *Calls) run(n int) {
	if c.Loop != nil {
		c.Loop(n)
		return
	}
	for i := 0; i < n; i++ {
		if c.Before != nil {
			c.Before()
		}
		c.Call()
	}
}
