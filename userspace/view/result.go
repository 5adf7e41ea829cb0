// SPDX-License-Identifier: GPL-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A number of a result; null, which is NaN here, where it is withheld.
type number float64

// UnmarshalJSON reads a number or null.
func (n *number) UnmarshalJSON(data []byte) error {
	*n = number(math.NaN())
	if string(data) == "null" {
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// MarshalJSON writes what UnmarshalJSON reads.
func (n number) MarshalJSON() ([]byte, error) {
	if !n.known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n number) known() bool {
	return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0)
}

// positive is the number where it can have a width.
func (n number) positive() float64 {
	if n.known() && n > 0 {
		return float64(n)
	}
	return 0
}

// String has one digit after the point, a minus sign, and none before a zero.
func (n number) String() string {
	if !n.known() {
		return "?"
	}
	digits := fmt.Sprintf("%.1f", math.Abs(float64(n)))
	if n < 0 && digits != "0.0" {
		return "−" + digits
	}
	return digits
}

// interval is the two ends of an interval of 95 %.
type interval [2]number

func (i interval) half() number {
	return (i[1] - i[0]) / 2
}

// estimate is a figure with its interval, as most verbs write it.
type estimate struct {
	Mean number `json:"mean"`
	Lo   number `json:"ci_lo"`
	Hi   number `json:"ci_hi"`
}

func (e estimate) interval() interval {
	return interval{e.Lo, e.Hi}
}

// provenance is where and by what was measured.
type provenance struct {
	CPU        string `json:"cpu"`
	Signature  string `json:"cpu_signature"`
	Microcode  string `json:"microcode"`
	Kernel     string `json:"kernel"`
	Hypervisor string `json:"hypervisor"`
	Date       string `json:"date"`
	Switchcost string `json:"switchcost"`
}

func (p provenance) String() string {
	return fmt.Sprintf("%s %s, microcode %s, Linux %s, hypervisor %s, %s, "+
		"switchcost %s", p.CPU, p.Signature, p.Microcode, p.Kernel,
		p.Hypervisor, p.Date, p.Switchcost)
}

// baseName is how a picture calls what was measured.
func baseName(sequence string) string {
	return path.Base(sequence)
}

// clean makes text of the bytes of symbol tables and file names: a control
// character, or a byte that isn't UTF-8, becomes "?".
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
}

// load reads one result file, or standard input.
func load(file string, into any) error {
	var data []byte
	var err error

	if file == "-" {
		data, err = io.ReadAll(os.Stdin)
	} else {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot read: %w: give a result file",
			file, because(err))
	}
	return decode(file, data, into)
}

func decode(file string, data []byte, into any) error {
	const remedy = "give what switchcost --json printed"
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError

	err := json.Unmarshal(data, into)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: not JSON from byte %d on: %v: %s", file,
			syntax.Offset, err, remedy)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: %q is a %s: %s", file, kind.Field,
			kind.Value, remedy)
	}
	return fmt.Errorf("%s: %v: %s", file, err, remedy)
}
