// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

const maxIterations = 1_000_000_000

// bench times s count times, each for at least benchtime, and writes Go's
// benchmark format, so that benchstat reads it.
func bench(w io.Writer, s *scenario, count int, benchtime time.Duration) {
	fmt.Fprintf(w, "goos: %s\ngoarch: %s\npkg: switchcost/goprobe\n",
		runtime.GOOS, runtime.GOARCH)
	if cpu := cpuModel(); cpu != "" {
		fmt.Fprintf(w, "cpu: %s\n", cpu)
	}
	name := "Benchmark" + camelCase(s.Name)
	if procs := runtime.GOMAXPROCS(0); procs > 1 {
		name = fmt.Sprintf("%s-%d", name, procs)
	}
	s.run(1) // a slow call may be timed once only: not this first time
	for i := 0; i < count; i++ {
		m := measure(s, benchtime)
		fmt.Fprintf(w, "%s\t%10d\t%12.2f ns/op", name, m.n,
			float64(m.elapsed.Nanoseconds())/float64(m.n))
		if m.unit != "" {
			fmt.Fprintf(w, "\t%12.4g %s", m.extra, m.unit)
		}
		fmt.Fprintln(w)
	}
}

// camelCase drops hyphens: benchstat takes what follows one for GOMAXPROCS.
func camelCase(name string) string {
	words := strings.Split(name, "-")
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// measurement is what n calls took, and the scenario's further figure.
type measurement struct {
	n       int
	elapsed time.Duration
	extra   float64
	unit    string
}

// measure finds an iteration count that takes at least benchtime, the way the
// testing package does: it aims a fifth too high, and grows at most a
// hundredfold a round. Preparing the calls counts for that, but not for the
// result: some scenarios prepare a thousand times as long as they call.
func measure(s *scenario, benchtime time.Duration) measurement {
	n := 1
	for {
		runtime.GC() // not in the timed part
		start := time.Now()
		m := measurement{n: n, elapsed: s.run(n)}
		spent := time.Since(start)
		if s.extra != nil {
			m.extra, m.unit = s.extra(n, m.elapsed)
		}
		if spent >= benchtime || n >= maxIterations {
			return m
		}
		goal := float64(maxIterations)
		if spent > 0 {
			goal = 1.2 * float64(benchtime) / float64(spent) *
				float64(n)
		}
		if limit := 100 * float64(n); goal > limit {
			goal = limit
		}
		if goal > maxIterations {
			goal = maxIterations
		}
		if int(goal) > n {
			n = int(goal)
		} else {
			n++
		}
	}
}

func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		colon := strings.IndexByte(line, ':')
		if colon > 0 && strings.TrimSpace(line[:colon]) == "model name" {
			return strings.TrimSpace(line[colon+1:])
		}
	}
	return ""
}
