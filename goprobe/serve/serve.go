// SPDX-License-Identifier: GPL-2.0

// Package serve lets a program make calls as it is asked to, by the protocol of
// docs/live.md, and say how many ticks of the time stamp counter they took.
package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"switchcost/goprobe/tsc"
)

const (
	maxCalls  = 1_000_000_000
	maxBlocks = 64
)

// Calls are those that a program makes. Loop, Call or both are set, unless the program
// has a way of its own to time them, and serves none.
type Calls struct {
	Name string

	// Loop makes n calls, with nothing but the loop around them.
	Loop func(n int)

	// Call makes one call, before which comes what Before does, untimed.
	Before func()
	Call   func()

	// Alone says that calls are to be asked for one at a time, though there is a loop:
	// Before belongs to them.
	Alone bool

	// Collect says that the collector stays: of calls that allocate, its work is a part.
	Collect bool

	// Stamped, if set, makes the call that Call makes, between time stamps that lie
	// right around it and so many turns of a loop, and returns the ticks between them.
	Stamped func(turns int) uint64
}

// Serve says "ready" and how calls can be made: in a "loop", "one" at a time
// because something comes before each, or only as the program times them
// itself. Then it answers each line of in with one on out, until in ends:
//
//	N        so many calls were made back to back: the ticks that they took
//	N M      the same M times, right after one another: M numbers
//	empty N  so many turns of an empty loop: ticks
//	one      one call as the program makes it, after what comes before it:
//	         ticks, and, between the same time stamps, those of a call of 100
//	         cycles
//	one N    so many of these, between which the program doesn't ask for more:
//	         2 N numbers
//
// The collector stays away, unless it is wanted: it would run in blocks that it has no
// part in. It ran last when the warm-up was over.
func (c *Calls) Serve(in io.Reader, out io.Writer) error {
	runtime.GC()
	if !c.Collect {
		debug.SetGCPercent(-1)
	}
	fmt.Fprintln(out, "ready", c.kind())
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		answer, err := c.answer(strings.Fields(lines.Text()))
		if err != nil {
			return fmt.Errorf("serve: %q: %w", lines.Text(), err)
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

// Requests reads standard input without the scheduler's knowledge. If it knew,
// it would see the program idle, and its monitor, woken by each request, would
// look every 20 us for a while: on the sibling of the CPU, perhaps, where it
// took a fifth of the calls' speed. So it sees a goroutine that runs all the
// time, as it does where calls are made all the time.
type Requests struct{}

func (Requests) Read(p []byte) (int, error) {
	for len(p) > 0 {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, 0,
			uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch {
		case errno == syscall.EINTR:
			continue
		case errno == syscall.ECONNRESET:
			return 0, io.EOF // whoever asked was killed
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, io.EOF
		}
		return int(n), nil
	}
	return 0, nil
}

func (c *Calls) answer(words []string) (string, error) {
	verb := "call"
	if len(words) > 0 && (words[0] == "empty" || words[0] == "one") {
		verb, words = words[0], words[1:]
	}
	n, m := 1, 1
	var err error
	if len(words) > 0 {
		n, err = number(words[0], maxCalls)
	}
	if err == nil && len(words) > 1 {
		m, err = number(words[1], maxBlocks)
	}
	switch {
	case err != nil:
		return "", err
	case verb != "one" && len(words) == 0 ||
		len(words) > 1 && verb != "call" || len(words) > 2 ||
		verb == "one" && n > maxBlocks:
		return "", errors.New("no such request")
	case verb == "one":
		return c.timeOneByOne(n)
	case verb == "empty":
		return timed(tsc.Loop, n, 1), nil
	case c.Loop == nil:
		return "", fmt.Errorf("%s has something before each call: ask"+
			" for one at a time", c.Name)
	}
	return timed(c.Loop, n, m), nil
}

func (c *Calls) kind() string {
	switch {
	case c.Alone:
		return "one"
	case c.Loop != nil:
		return "loop"
	case c.Call != nil:
		return "one"
	}
	return "timed"
}

func number(word string, most int) (int, error) {
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("a number from 1 to %d is needed", most)
	}
	return n, nil
}

// timed returns the ticks of m blocks of n turns.
func timed(loop func(n int), n, m int) string {
	var ticks [maxBlocks]uint64
	for i := range ticks[:m] {
		start := tsc.Start()
		loop(n)
		ticks[i] = tsc.End() - start
	}
	text := fmt.Sprint(ticks[:m])
	return text[1 : len(text)-1]
}

// A step of the counter is 10 ns at most, or 60 turns.
const mostTurns = 256

var drawn uint64 = 1

// drawTurns returns another number each time, by Marsaglia's xorshift.
func drawTurns() int {
	drawn ^= drawn << 13
	drawn ^= drawn >> 7
	drawn ^= drawn << 17
	return 1 + int(drawn%mostTurns)
}

// timeOneByOne times n single calls and, right after each, one whose time is known.
// Between them is what comes before a call, and no system call of this program's own:
// that would put another process on the CPU, which takes translations and lines along.
func (c *Calls) timeOneByOne(n int) (string, error) {
	if c.Call == nil {
		return "", fmt.Errorf("%s calls in a loop: ask for a number", c.Name)
	}
	stamped := c.Stamped
	if stamped == nil {
		stamped = c.stampCall
	}
	var ticks [2 * maxBlocks]uint64
	for i := 0; i < n; i++ {
		turns := drawTurns()
		if c.Before != nil {
			c.Before()
		}
		tsc.End() // its own code is warm
		ticks[2*i] = stamped(turns)
		ticks[2*i+1] = tsc.TimeChain(turns)
	}
	text := fmt.Sprint(ticks[:2*n])
	return text[1 : len(text)-1], nil
}

// stampCall times a call that has no time stamps of its own.
func (c *Calls) stampCall(turns int) uint64 {
	start := tsc.StartAndTurn(turns)
	c.Call()
	return tsc.End() - start
}
