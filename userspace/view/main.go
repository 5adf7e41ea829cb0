// SPDX-License-Identifier: GPL-2.0

// Command switchcost-view makes pictures, exports and tables of results: of the
// JSON that "switchcost VERB --json" prints, and of nothing else.
//
// A file per view; result.go reads results, canvas.go and axis.go draw.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The project's exit codes, as docs/design.md has them.
const (
	exitDone       = 0
	exitUsage      = 2
	exitImpossible = 3
)

const usage = `usage: switchcost-view VIEW [-o FILE] RESULT.json...

  icicle      the call paths of a profile and what its parts cost (SVG)
  folded      a profile's stacks, for flamegraph.pl and its like
  stacks      what sample found, likewise
  flame       the same as a flame graph (SVG)
  pprof       the same for go tool pprof
  speedscope  a profile for speedscope.app
  heatmap     what evict found, measured beside predicted (SVG)
  matrix      versions of Go side by side, of the files that scripts/go-matrix
              writes; --format md (a table, the default), json or svg (a chart)
  claims      what "switchcost claims --json" judged, as a page (Markdown)
  registry    claims of several machines and versions of Go side by side (Markdown)
  ruler       what "switchcost ruler --json" measured (SVG)
  bench       replays and fidelity in Go's benchmark format, for benchstat
  csv         every value of results of any verb, one a row
  openmetrics what watch, replay and fidelity found, for Prometheus
  report      results of any of these kinds, on one page in the folder that -o names,
              with each picture (SVG, PNG) and its data (CSV); --json lists the files

RESULT.json is what "switchcost profile --json", or evict or sample, printed; "-" is
standard input. Without -o the view goes to standard output. Exit codes: 0 done,
2 usage or bad input, 3 not possible here.
`

// version is what the Makefile says that it is.
var version = "(unknown version)"

// request is what a command line asks for.
type request struct {
	output  string
	format  string
	results []string
	json    bool
}

// A view returns all of its output, or says in one line why there is none.
type view func(request) ([]byte, error)

var views = map[string]view{
	"icicle":     ofProfile(icicle),
	"flame":      ofSamples(flame),
	"folded":     ofProfile(folded),
	"pprof":      ofSamples(pprof),
	"stacks":     ofSamples(foldedSamples),
	"speedscope": ofProfile(speedscope),
	"heatmap":    ofEvictions,
	"matrix":     ofMatrix,
	"claims":     ofClaims,
	"registry":   ofRegistry,
	"ruler":      ofRuler,

	"bench":       ofAny(goBench),
	"csv":         ofAny(csvTable),
	"openmetrics": ofAny(openMetrics),
}

// Others have one result at a time.
var takesSeveral = map[string]bool{
	"matrix": true, "registry": true, reportView: true,
	"bench": true, "csv": true, "openmetrics": true,
}

// reportView is no view, since it writes many files.
const reportView = "report"

// An impossible error is no fault of the input's.
type impossible struct{ error }

// parse takes options before, between and after the results.
func parse(name string, args []string) (request, error) {
	var r request
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&r.output, "o", "", "")
	if name == reportView {
		flags.BoolVar(&r.json, "json", false, "")
	}
	if name == "matrix" {
		flags.StringVar(&r.format, "format", "md", "")
	}
	for {
		if err := flags.Parse(args); err != nil {
			return r, err
		}
		if flags.NArg() == 0 {
			break
		}
		r.results = append(r.results, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(r.results) == 0 {
		return r, errors.New("which result? see switchcost-view --help")
	}
	if !takesSeveral[name] && len(r.results) > 1 {
		return r, fmt.Errorf("%s: one result at a time: "+
			"draw each by a command of its own", r.results[1])
	}
	return r, nil
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("which view? see switchcost-view --help")
	}
	draw, known := views[args[0]]
	if !known && args[0] != reportView {
		return fmt.Errorf("no view %q; see switchcost-view --help", args[0])
	}
	r, err := parse(args[0], args[1:])
	if err != nil {
		return err
	}
	if args[0] == reportView {
		return report(r)
	}
	data, err := draw(r)
	if err != nil {
		return err
	}
	return write(r.output, data)
}

func asksForHelp(args []string) bool {
	for _, arg := range args {
		if arg == "--help" || arg == "-help" || arg == "-h" {
			return true
		}
	}
	return len(args) > 0 && args[0] == "help"
}

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--version" {
		fmt.Println("switchcost-view", version)
		return
	}
	if asksForHelp(args) {
		fmt.Print(usage)
		return
	}
	err := run(args)
	if err == nil {
		os.Exit(exitDone)
	}
	// One line, whatever a name in it holds.
	line := strings.ReplaceAll(err.Error(), "\n", "; ")
	fmt.Fprintf(os.Stderr, "switchcost-view: %s\n", clean(line))
	if errors.As(err, new(impossible)) {
		os.Exit(exitImpossible)
	}
	os.Exit(exitUsage)
}
