// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"
)

// registryColumn is a machine and a version of Go.
type registryColumn struct {
	machine string
	golang  string
	result  *judged
	claims  map[string]*claim // by id
}

// verdictOf is what a column says of a claim: verdict and, where it isn't one of several
// versions', the figure.
func (c *registryColumn) verdictOf(k *claim) (verdict, text string) {
	for _, v := range k.Versions {
		if "go"+v.Go == c.golang {
			return v.Verdict, v.Verdict
		}
	}
	text = k.Verdict
	if k.Measured.known() && !k.isWhether() {
		text += ": " + k.shown()
	}
	if named := k.namedVersions(); named != "" {
		text += " (" + named + ")"
	}
	return k.Verdict, text
}

// ofVersion is a study's name, where the catalogue asks for a version of Go.
var ofVersion = regexp.MustCompile(`-go(?:cmain-)?(1\.\d+(?:\.\d+)?)`)

// namedVersions are those of a claim that is about others than the column's: "go1.26, go1.25".
func (k *claim) namedVersions() string {
	var named []string
	seen := map[string]bool{}

	for _, study := range k.Evidence {
		for _, m := range ofVersion.FindAllStringSubmatch(study, -1) {
			if v := "go" + m[1]; !seen[v] {
				seen[v] = true
				named = append(named, v)
			}
		}
	}
	return strings.Join(named, ", ")
}

// recordedGo adds the versions that a result says it recorded or timed, under any key "go".
func recordedGo(value any, versions map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			if word, is := below.(string); is && key == "go" &&
				strings.HasPrefix(word, "go1.") {
				versions[word] = true
			}
			recordedGo(below, versions)
		}
	case []any:
		for _, below := range v {
			recordedGo(below, versions)
		}
	}
}

// goBeside is the version of Go that the machine's other results name, in the same folder:
// those of the same processor, and of the same day. None, or several, say nothing.
func (j *judged) goBeside(file string) string {
	versions := map[string]bool{}
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.json"))
	if err != nil {
		return ""
	}
	for _, other := range beside {
		var is struct {
			Provenance provenance `json:"provenance"`
		}
		var all any
		if load(other, &is) != nil || load(other, &all) != nil ||
			is.Provenance.Signature != j.Provenance.Signature ||
			!sameDay(is.Provenance.Date, j.Provenance.Date) {
			continue
		}
		recordedGo(all, versions)
	}
	if len(versions) != 1 {
		return ""
	}
	for v := range versions {
		return v
	}
	return ""
}

// sameDay says whether two dates are within 24 hours.
func sameDay(a, b string) bool {
	first, err := time.Parse(time.RFC3339, a)
	if err != nil {
		return false
	}
	second, err := time.Parse(time.RFC3339, b)
	return err == nil && first.Sub(second).Abs() <= 24*time.Hour
}

// columns are of one result: one, or one for each version of Go that it is about.
func (j *judged) columns(file string) []*registryColumn {
	machine := filepath.Base(filepath.Dir(file))
	if machine == "." || machine == "/" || machine == ".." {
		machine = j.Provenance.CPU + " " + j.Provenance.Signature
	}
	byID := map[string]*claim{}
	versions := map[string]bool{}
	for i := range j.Claims {
		byID[j.Claims[i].ID] = &j.Claims[i]
		for _, v := range j.Claims[i].Versions {
			versions["go"+v.Go] = true
		}
	}
	if len(versions) == 0 {
		golang := j.Go
		if golang == "" {
			golang = j.goBeside(file)
		}
		versions[golang] = true
	}
	var all []*registryColumn
	for v := range versions {
		all = append(all, &registryColumn{machine, v, j, byID})
	}
	sort.Slice(all, func(a, b int) bool { return all[a].golang < all[b].golang })
	return all
}

// goName is the version, or that an older result doesn't say which.
func (c *registryColumn) goName() string {
	if c.golang == "" {
		return "Go not recorded"
	}
	return c.golang
}

// registered is a row of the registry, a claim by its id and its words: another catalogue may use
// the same id for another sentence.
type registered struct {
	id       string
	sentence string
}

func rowsOf(columns []*registryColumn) []registered {
	seen := map[registered]bool{}
	var rows []registered

	for _, c := range columns {
		for i := range c.result.Claims {
			k := &c.result.Claims[i]
			row := registered{k.ID, k.Sentence}
			if !seen[row] {
				seen[row] = true
				rows = append(rows, row)
			}
		}
	}
	sort.SliceStable(rows, func(a, b int) bool { return rows[a].id < rows[b].id })
	return rows
}

// differ says whether two columns decided a claim, one for it and the other against.
func differ(verdicts []string) bool {
	have := map[string]bool{}

	for _, v := range verdicts {
		have[v] = true
	}
	return have["supported"] && have["refuted"]
}

func machinesTable(out *bytes.Buffer, columns []*registryColumn) {
	fmt.Fprint(out, "| machine | Go | processor | microcode | hypervisor | measured | "+
		"switchcost | catalogue |\n"+strings.Repeat("| --- ", 8)+"|\n")
	for _, c := range columns {
		p := c.result.Provenance
		out.WriteString(cells([]string{c.machine, c.goName(),
			p.CPU + " " + p.Signature, p.Microcode, p.Hypervisor, p.Date,
			p.Switchcost, c.result.Catalogue.Name + " " + c.result.Catalogue.Hash}))
	}
}

func registryPage(columns []*registryColumn) []byte {
	var out, table bytes.Buffer
	var differing []string

	header := []string{"claim"}
	for _, c := range columns {
		header = append(header, c.machine+", "+c.goName())
	}
	table.WriteString(cells(header))
	table.WriteString(strings.Repeat("| --- ", len(header)) + "|\n")
	for _, row := range rowsOf(columns) {
		texts, verdicts := []string{row.id + ": " + row.sentence}, []string(nil)
		for _, c := range columns {
			k := c.claims[row.id]
			if k == nil || k.Sentence != row.sentence {
				texts = append(texts, "-")
				continue
			}
			verdict, text := c.verdictOf(k)
			verdicts = append(verdicts, verdict)
			texts = append(texts, text)
		}
		table.WriteString(cells(texts))
		if differ(verdicts) {
			differing = append(differing, "`"+clean(row.id)+"`")
		}
	}
	fmt.Fprint(&out, "# Claims, machines, versions of Go\n\nThis page is made by "+
		"`switchcost-view registry` of the machines' `claims.json`. Each verdict\n"+
		"speaks of its machine and its version of Go; - means that this machine "+
		"wasn't asked.\n\n")
	machinesTable(&out, columns)
	fmt.Fprint(&out, "\n")
	if len(differing) == 0 {
		fmt.Fprint(&out, "No claim is supported by one and refuted by another.\n\n")
	} else {
		fmt.Fprintf(&out, "Supported by one and refuted by another: %s.\n\n",
			strings.Join(differing, ", "))
	}
	out.Write(table.Bytes())
	return out.Bytes()
}

func ofRegistry(r request) ([]byte, error) {
	var columns []*registryColumn

	for _, file := range r.results {
		var j judged
		if err := load(file, &j); err != nil {
			return nil, err
		}
		if len(j.Claims) == 0 {
			return nil, noClaims(file)
		}
		columns = append(columns, j.columns(file)...)
	}
	return registryPage(columns), nil
}
