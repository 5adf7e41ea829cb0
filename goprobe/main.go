// SPDX-License-Identifier: GPL-2.0

// Goprobe is the Go program under test: each scenario is one kind of call out
// of Go, to be recorded, or to be timed live.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"switchcost/goprobe/serve"
)

const usage = `usage: goprobe list [--json]
       goprobe run NAME
       goprobe bench NAME [-count N] [-benchtime DURATION]
       goprobe time NAME [-limit DURATION]
       goprobe spread NAME [-limit DURATION]
       goprobe serve NAME [-collect] [-bound]

list   name the scenarios
run    warm up, call main.mark, then call for ever: the program to record
bench  time the calls; prints Go's benchmark format
time   time them in a loop and one by one, and count Go's allocations; prints JSON
spread time them one by one by the time stamp counter; prints JSON with a histogram
serve  time blocks of calls as standard input asks for them, in TSC ticks; -collect
       leaves Go's collector on, -bound refuses calls that aren't the same where the
       program is bound to one CPU
`

const markSymbol = "main.mark"

// mark does nothing: a recorder waits for it to be called.
//
//go:noinline
func mark() {}

// A goroutine that is locked before main begins stays on the main thread, so
// that the runtime's structures are at the same place in every process.
func init() {
	runtime.LockOSThread()
}

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	var err error
	switch verb, args := os.Args[1], os.Args[2:]; verb {
	case "list":
		err = runList(args)
	case "run":
		err = runForever(args)
	case "bench":
		err = runBench(args)
	case "time":
		err = runTime(args)
	case "spread":
		err = runSpread(args)
	case "serve":
		err = runServe(args)
	case "-h", "--help", "help":
		fmt.Print(usage)
	default:
		err = fmt.Errorf("unknown verb %q; choose one of: list run bench time spread serve",
			verb)
	}
	if err != nil {
		fail("goprobe: " + err.Error() + "\n")
	}
}

func fail(text string) {
	io.WriteString(os.Stderr, text)
	os.Exit(2)
}

func runList(args []string) error {
	flags := newFlags("list")
	asJSON := flags.Bool("json", false, "")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *asJSON {
		out := json.NewEncoder(os.Stdout)
		return out.Encode(map[string]any{"scenarios": sorted()})
	}
	for _, s := range sorted() {
		fmt.Printf("%-15s  %s\n", s.Name, s.Summary)
	}
	return nil
}

func runForever(args []string) error {
	s, rest, err := take(args)
	if err != nil {
		return err
	}
	if err := parse(newFlags("run"), rest); err != nil {
		return err
	}
	if err := s.prepare(); err != nil {
		return err
	}
	serve.RunForever(s.makeCalls, mark)
	return nil
}

func runBench(args []string) error {
	s, rest, err := take(args)
	if err != nil {
		return err
	}
	flags := newFlags("bench")
	count := flags.Int("count", 1, "")
	benchtime := flags.Duration("benchtime", time.Second, "")
	if err := parse(flags, rest); err != nil {
		return err
	}
	if *count < 1 || *benchtime <= 0 {
		return fmt.Errorf("bench: -count and -benchtime must be positive")
	}
	benching = true
	if err := s.prepare(); err != nil {
		return err
	}
	bench(os.Stdout, s, *count, *benchtime)
	return nil
}

func runTime(args []string) error {
	return runLimited("time", args, writeTiming)
}

func runSpread(args []string) error {
	return runLimited("spread", args, writeSpread)
}

// runLimited times a scenario's calls for about as long as -limit says.
func runLimited(verb string, args []string,
	write func(io.Writer, *scenario, time.Duration) error) error {
	s, rest, err := take(args)
	if err != nil {
		return err
	}
	flags := newFlags(verb)
	limit := flags.Duration("limit", 200*time.Millisecond, "")
	if err := parse(flags, rest); err != nil {
		return err
	}
	if *limit <= 0 {
		return fmt.Errorf("%s: -limit must be positive", verb)
	}
	benching = true
	if err := s.prepare(); err != nil {
		return err
	}
	serve.WarmUp(s.makeCalls)
	return write(os.Stdout, s, *limit)
}

func runServe(args []string) error {
	s, rest, err := take(args)
	if err != nil {
		return err
	}
	flags := newFlags("serve")
	collect := flags.Bool("collect", false, "")
	bound := flags.Bool("bound", false, "")
	if err := parse(flags, rest); err != nil {
		return err
	}
	if *bound && s.Unlocked {
		return fmt.Errorf("%s: its calls change threads, which are on other"+
			" CPUs unless all are bound to one: leave out -bound", s.Name)
	}
	benching = true
	if err := s.prepare(); err != nil {
		return err
	}
	serve.WarmUp(s.makeCalls)
	calls := s.calls()
	calls.Collect = *collect
	return calls.Serve(serve.Requests{}, os.Stdout)
}

// take splits args into the scenario that they begin with and the rest.
func take(args []string) (*scenario, []string, error) {
	if len(args) == 0 {
		_, err := find("")
		return nil, nil, err
	}
	s, err := find(args[0])
	return s, args[1:], err
}

func newFlags(verb string) *flag.FlagSet {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%s: %v; see goprobe help", flags.Name(), err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: unexpected %q; see goprobe help",
			flags.Name(), flags.Arg(0))
	}
	return nil
}
