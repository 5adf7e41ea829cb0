// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"sort"
	"strings"
)

// A scenario is one kind of call under test. Each lives in a file of its own
// and registers itself.
type scenario struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`

	// Begin lists the symbols at which a recording of one call begins, in
	// the order to try them: their spelling depends on the Go version.
	Begin []string `json:"begin"`

	// Mark is the symbol of the function that is called once the warm-up
	// is over and every further call is a steady one.
	Mark string `json:"mark"`

	// loop makes n calls, with nothing but the loop around them.
	loop func(n int)
}

var scenarios = map[string]*scenario{}

func register(s *scenario) {
	if scenarios[s.Name] != nil {
		panic("scenario registered twice: " + s.Name)
	}
	s.Mark = markSymbol
	scenarios[s.Name] = s
}

// sorted returns all scenarios in the order of their names.
func sorted() []*scenario {
	all := make([]*scenario, 0, len(scenarios))
	for _, s := range scenarios {
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

func find(name string) (*scenario, error) {
	if s := scenarios[name]; s != nil {
		return s, nil
	}
	var names []string
	for _, s := range sorted() {
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("unknown scenario %q; choose one of: %s",
		name, strings.Join(names, " "))
}

// cgoWrapper returns the symbols that the Go function which cgo generates for
// the C function name may have: not every Go version shows the ABI suffix.
func cgoWrapper(name string) []string {
	return []string{"main._Cfunc_" + name + ".abi0", "main._Cfunc_" + name}
}
