// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"switchcost/goprobe/tsc"
)

const (
	maxServedCalls = 1_000_000_000
	serveReady     = "ready"
)

// serve answers each line of in with one on out, until in ends:
//
//	N        so many calls were made back to back: the ticks that they took
//	warm N   the same, untimed: 0
//	empty N  so many turns of an empty loop: ticks
//	one      one call as the scenario makes it, behind what comes before it:
//	         ticks, and what the two time stamps alone take
//
// The collector stays away: it would run in blocks that it has no part in. It
// ran last when the warm-up was over.
func serve(in io.Reader, out io.Writer, s *scenario) error {
	runtime.GC()
	debug.SetGCPercent(-1)
	fmt.Fprintln(out, serveReady)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		answer, err := s.answer(lines.Text())
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (s *scenario) answer(line string) (string, error) {
	words := strings.Fields(line)
	if len(words) == 1 && words[0] == "one" {
		return s.timeOne()
	}
	verb := "call"
	if len(words) == 2 {
		verb, words = words[0], words[1:]
	}
	if len(words) != 1 {
		return "", fmt.Errorf("serve: %q: a number of calls is needed", line)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > maxServedCalls {
		return "", fmt.Errorf("serve: %q: a number from 1 to %d is needed",
			line, maxServedCalls)
	}
	switch verb {
	case "call":
		if s.loop == nil {
			return "", fmt.Errorf("serve: %s has something before each"+
				" call: ask for one at a time", s.Name)
		}
		return strconv.FormatUint(timed(s.loop, n), 10), nil
	case "warm":
		s.run(n)
		return "0", nil
	case "empty":
		return strconv.FormatUint(timed(tsc.Loop, n), 10), nil
	}
	return "", fmt.Errorf("serve: %q: no such request", line)
}

func timed(loop func(n int), n int) uint64 {
	start := tsc.Start()
	loop(n)
	return tsc.End() - start
}

// timeOne times a single call and, right behind it, nothing.
func (s *scenario) timeOne() (string, error) {
	if s.call == nil {
		return "", fmt.Errorf("serve: %s calls in a loop: ask for a number",
			s.Name)
	}
	if s.before != nil {
		s.before()
	}
	tsc.End() // its own code is warm
	start := tsc.Start()
	s.call()
	end := tsc.End()
	nothing := tsc.Start()
	nothing = tsc.End() - nothing
	return fmt.Sprintf("%d %d", end-start, nothing), nil
}
