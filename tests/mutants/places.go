// SPDX-License-Identifier: GPL-2.0
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// A rule changes one match of its pattern in a line of C.
type rule struct {
	name    string
	pattern *regexp.Regexp
	becomes func(match string) string
}

// swap makes a rule that puts one text for another.
func swap(name, from, to string) rule {
	return rule{name, regexp.MustCompile(regexp.QuoteMeta(from)),
		func(string) string { return to }}
}

var number = regexp.MustCompile(`\b(0x[0-9a-fA-F]+|[0-9]+)(u|ull)?\b`)

// rules: an operator becomes its neighbour, a constant the next one, a statement nothing.
// Operators have blanks around them, as clang-format leaves them: "*p" is no product.
var rules = []rule{
	swap("eq", " == ", " != "),
	swap("ne", " != ", " == "),
	swap("lt", " < ", " <= "),
	swap("le", " <= ", " < "),
	swap("gt", " > ", " >= "),
	swap("ge", " >= ", " > "),
	swap("add", " + ", " - "),
	swap("sub", " - ", " + "),
	swap("and", " && ", " || "),
	swap("or", " || ", " && "),
	swap("band", " & ", " | "),
	swap("bor", " | ", " & "),
	swap("shl", " << ", " >> "),
	swap("shr", " >> ", " << "),
	swap("addto", " += ", " -= "),
	swap("subfrom", " -= ", " += "),
	swap("orto", " |= ", " &= "),
	swap("andto", " &= ", " |= "),
	swap("true", "true", "false"),
	swap("false", "false", "true"),
	{"not", regexp.MustCompile(`![^=]`), func(m string) string { return m[1:] }},
	{"number", number, next},
}

// next adds 1 to a number, and keeps its suffix.
func next(s string) string {
	digits := strings.TrimRight(s, "ul")
	n, err := strconv.ParseUint(digits, 0, 64)
	if err != nil {
		return s
	}
	return strconv.FormatUint(n+1, 10) + s[len(digits):]
}

// A place is one change of one line. The line's text names it, and which of the same
// lines in the file it is, so a change elsewhere in the file leaves its name as it is.
type place struct {
	file string // of module/engine
	rule string
	nth  int // match of the rule in the line, from 1
	same int // line of this text in the file, from 1
	text string
	line int // from 1; not part of the name
}

// key names a place, in one line.
func (p place) key() string {
	return fmt.Sprintf("%s\t%s %d\t%d\t%s", p.file, p.rule, p.nth, p.same, p.text)
}

var statement = regexp.MustCompile(`^\t+[a-z_*(].*;$`)
var declaration = regexp.MustCompile(
	`^\t+(case|default|goto|struct|enum|const|static|bool|void|int|unsigned|size_t|__[us](8|16|32|64))\b`)

// isDropped says if a line is a whole statement that can be left out. before is the code
// of the line before it, which has to end, or a line would be half of a statement. A
// function's own return stays, since without one it returns nothing that C defines.
func isDropped(code, before string) bool {
	if !statement.MatchString(code) || declaration.MatchString(code) ||
		strings.HasPrefix(code, "\treturn") ||
		strings.Count(code, "(") != strings.Count(code, ")") {
		return false
	}
	before = strings.TrimSpace(before)
	return before == "else" || before == "do" ||
		(before != "" && strings.ContainsAny(before[len(before)-1:], ";{}):"))
}

// code blanks out comments, strings and the preprocessor's lines, byte by byte.
func code(lines []string) []string {
	var in byte // what we are in: '/' '*' '"' '\''
	out := make([]string, len(lines))
	macro := false
	for i, line := range lines {
		b := []byte(line)
		macro = strings.HasPrefix(line, "#") || macro
		for k := 0; k < len(b); k++ {
			two := line[k:]
			switch {
			case in == 0 && strings.HasPrefix(two, "//"):
				in = '/'
			case in == 0 && strings.HasPrefix(two, "/*"):
				in = '*'
			case in == '*' && strings.HasPrefix(two, "*/"):
				in = 0
				b[k], b[k+1] = ' ', ' '
				k++
				continue
			case in == 0 && (b[k] == '"' || b[k] == '\''):
				in = b[k]
			case (in == '"' || in == '\'') && b[k] == '\\':
				b[k] = ' '
				k++
			case (in == '"' || in == '\'') && b[k] == in:
				in = 0
			}
			if in != 0 || macro {
				b[k] = ' '
			}
		}
		if in == '/' {
			in = 0
		}
		macro = macro && strings.HasSuffix(line, "\\")
		out[i] = strings.TrimRight(string(b), " ")
	}
	return out
}

// placesOf lists all places of a file.
func placesOf(file, content string) []place {
	lines := strings.Split(content, "\n")
	same := make(map[string]int)
	var found []place
	before := ""
	for i, c := range code(lines) {
		if strings.TrimSpace(c) == "" {
			continue
		}
		text := strings.Join(strings.Fields(lines[i]), " ")
		same[text]++
		p := place{file: file, same: same[text], text: text, line: i + 1, nth: 1}
		for _, r := range rules {
			p.rule = r.name
			for p.nth = 1; p.nth <= len(r.pattern.FindAllString(c, -1)); p.nth++ {
				found = append(found, p)
			}
		}
		if isDropped(c, before) {
			p.rule, p.nth = "drop", 1
			found = append(found, p)
		}
		before = c
	}
	return found
}

// mutate returns the file with that one change.
func mutate(content string, p place) (string, error) {
	lines := strings.Split(content, "\n")
	if p.line > len(lines) {
		return "", fmt.Errorf("%s: has no line %d", p.file, p.line)
	}
	line := lines[p.line-1]
	if p.rule == "drop" {
		lines[p.line-1] = "\t;"
		return strings.Join(lines, "\n"), nil
	}
	for _, r := range rules {
		if r.name != p.rule {
			continue
		}
		at := r.pattern.FindAllStringIndex(code(lines)[p.line-1], -1)
		if len(at) < p.nth {
			break
		}
		from, to := at[p.nth-1][0], at[p.nth-1][1]
		lines[p.line-1] = line[:from] + r.becomes(line[from:to]) + line[to:]
		return strings.Join(lines, "\n"), nil
	}
	return "", fmt.Errorf("%s:%d: no match %d of %s", p.file, p.line, p.nth, p.rule)
}

// draw puts places into an order that depends on the seed and on each place's name, so
// places that come or go leave the order of all others as it is.
func draw(places []place, seed uint64) {
	order := func(p place) string {
		h := sha256.Sum256([]byte(fmt.Sprintf("%d\t%s", seed, p.key())))
		return hex.EncodeToString(h[:])
	}
	sort.Slice(places, func(i, k int) bool { return order(places[i]) < order(places[k]) })
}
