// SPDX-License-Identifier: GPL-2.0
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"
)

// Verdicts on a mutant, besides the name of the test that noticed it.
const (
	survived = "survived"
	invalid  = "compiler" // refused it
	same     = "same"     // the compiler makes the same code of it
)

// results are verdicts by the places' names, kept in a file with a line for each:
// verdict, tab, name. A later line overrules an earlier one.
type results struct {
	sync.Mutex
	file    *os.File
	verdict map[string]string
}

func openResults(path string) (*results, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	r := &results{file: f, verdict: make(map[string]string)}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		verdict, key, found := strings.Cut(lines.Text(), "\t")
		if !found {
			return nil, fmt.Errorf("%s: not a verdict: %q: remove it", path, lines.Text())
		}
		r.verdict[key] = verdict
	}
	return r, lines.Err()
}

func (r *results) of(p place) string {
	r.Lock()
	defer r.Unlock()
	return r.verdict[p.key()]
}

func (r *results) add(p place, verdict string) error {
	r.Lock()
	defer r.Unlock()
	r.verdict[p.key()] = verdict
	_, err := fmt.Fprintf(r.file, "%s\t%s\n", verdict, p.key())
	return err
}

// readEquivalents reads the list of mutants that nothing can notice: a place's name in a
// line, then the reason in lines that begin with a tab; # begins a comment. It returns
// the reasons by name.
func readEquivalents(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reasons := make(map[string]string)
	key := ""
	for i, line := range strings.Split(string(content), "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '\t' && key != "":
			reasons[key] += strings.TrimSpace(line) + " "
		case line[0] != '\t' && strings.Count(line, "\t") == 3:
			if _, twice := reasons[line]; twice {
				return nil, fmt.Errorf("%s:%d: is there twice", path, i+1)
			}
			key = line
			reasons[key] = ""
		default:
			return nil, fmt.Errorf("%s:%d: neither a mutant nor a reason", path, i+1)
		}
	}
	for key, reason := range reasons {
		if reason == "" {
			return nil, fmt.Errorf("%s: no reason: %s", path, key)
		}
	}
	return reasons, nil
}
