// SPDX-License-Identifier: GPL-2.0

package serve

import (
	"bytes"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"switchcost/goprobe/tsc"
)

// counted returns calls that are counted.
func counted(calls *int) *Calls {
	return &Calls{Name: "counted", Loop: func(n int) { *calls += n }}
}

func ask(t *testing.T, c *Calls, requests string) ([]string, error) {
	t.Helper()
	var out bytes.Buffer
	err := c.Serve(strings.NewReader(requests), &out)
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), err
}

func TestServe(t *testing.T) {
	calls := 0
	lines, err := ask(t, counted(&calls), "7\n3 4\nempty 100\n")
	if err != nil || len(lines) != 4 || lines[0] != "ready loop" {
		t.Fatalf("%q, %v", lines, err)
	}
	if calls != 7+3*4 {
		t.Errorf("%d calls were made", calls)
	}
	for i, want := range []int{1, 4, 1} {
		words := strings.Fields(lines[1+i])
		if len(words) != want {
			t.Errorf("%q: %d numbers are wanted", lines[2+i], want)
		}
		for _, word := range words {
			if n, err := strconv.Atoi(word); err != nil || n <= 0 {
				t.Errorf("%q isn't a time", word)
			}
		}
	}
}

// The collector stays away, unless it is wanted.
func TestServeCollect(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, collect := range []bool{true, false} {
		calls := 0
		c := counted(&calls)
		c.Collect = collect
		if _, err := ask(t, c, "7\n"); err != nil {
			t.Fatal(err)
		}
		if stays := debug.SetGCPercent(100) > 0; stays != collect {
			t.Errorf("wanted: %v, but it stays: %v", collect, stays)
		}
	}
}

// Calls one at a time: the work before each isn't timed, and the time stamps'
// own time is reported. That work takes this long, by the same counter, however
// fast the machine is; of several calls one isn't interrupted for so long.
func TestServeOne(t *testing.T) {
	const long, tries = 5_000_000, 10
	order := ""
	c := &Calls{
		Name: "one",
		Before: func() {
			order += "b"
			for start := tsc.Start(); tsc.End()-start < long; {
				tsc.Loop(1000)
			}
		},
		Call: func() { order += "c" },
	}
	lines, err := ask(t, c, strings.Repeat("one\n", tries))
	if err != nil || len(lines) != 1+tries || lines[0] != "ready one" {
		t.Fatalf("%q, %v", lines, err)
	}
	if order != strings.Repeat("bc", tries) {
		t.Errorf("order: %s", order)
	}
	least := long
	for _, line := range lines[1:] {
		words := strings.Fields(line)
		if len(words) != 2 {
			t.Fatalf("%q", line)
		}
		took, err := strconv.Atoi(words[0])
		if err != nil || took <= 0 {
			t.Errorf("%q isn't a time", words[0])
		}
		if took < least {
			least = took
		}
	}
	if least >= long {
		t.Errorf("each call took %d ticks or more", least)
	}
}

func TestServeRefuses(t *testing.T) {
	for _, request := range []string{"", "0", "-1", "x", "1 0", "1 65", "1 1 1",
		"warm 1", "empty", "one", "one 1", "1000000001"} {
		calls := 0
		lines, err := ask(t, counted(&calls), request+"\n")
		if err == nil || len(lines) != 1 || calls != 0 {
			t.Errorf("%q: %q, %v", request, lines, err)
		}
	}
	if _, err := ask(t, &Calls{Call: func() {}}, "1\n"); err == nil {
		t.Error("calls in a loop that there is none of")
	}
}
