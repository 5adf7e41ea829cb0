// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A page that is mailed, or opened on a phone, is no larger.
const largestPage = 500_000

// Pixels of a PNG for one of a picture's.
const pngZoom = "2"

// A row's figures have one meaning in the page's table and in the file.
const notMeasured = "not measured"

// built is what a report consists of, by the names of files.
type built struct {
	folder string
	names  []string
	bytes  int // of the page
	why    string
}

// write adds a file.
func (b *built) write(name string, data []byte) error {
	if err := write(filepath.Join(b.folder, name), data); err != nil {
		return err
	}
	b.names = append(b.names, name)
	return nil
}

// report puts results together in a folder: a page, its pictures and their data.
func report(r request) error {
	if r.output == "" {
		return errors.New("report: which folder? give one by -o")
	}
	f, err := collect(r.results)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.output, 0o777); err != nil {
		return fmt.Errorf("%s: cannot be made: %w: give another folder by -o",
			r.output, because(err))
	}
	b := &built{folder: r.output}
	p := f.page()
	for _, one := range p.plots() {
		if err := b.writePlot(one); err != nil {
			return err
		}
	}
	if err := b.writeTables(p); err != nil {
		return err
	}
	data, err := p.fitting()
	if err != nil {
		return fmt.Errorf("report.html: %w", err)
	}
	b.bytes = len(data)
	if err := b.write("report.html", data); err != nil {
		return err
	}
	return b.say(r.json)
}

// fitting is the page; pictures are left out of it, the last first, until it is as small
// as it has to be.
func (p *page) fitting() ([]byte, error) {
	data, err := p.html()
	all := p.plots()
	for i := len(all) - 1; i >= 0 && err == nil && len(data) > largestPage; i-- {
		if all[i].Inline == "" {
			continue
		}
		all[i].Inline = ""
		data, err = p.html()
	}
	if err == nil && len(data) > largestPage {
		err = fmt.Errorf("%d bytes without pictures, more than %d: give fewer results",
			len(data), largestPage)
	}
	return data, err
}

func commaSeparated(rows [][]string) []byte {
	var out bytes.Buffer

	// A bytes.Buffer takes everything.
	_ = csv.NewWriter(&out).WriteAll(rows)
	return out.Bytes()
}

func (b *built) writePlot(p *plot) error {
	for _, file := range []struct {
		ending string
		data   []byte
	}{{".svg", p.svg}, {".csv", commaSeparated(p.data)}} {
		if err := b.write(p.Name+file.ending, file.data); err != nil {
			return err
		}
		p.Files = append(p.Files, p.Name+file.ending)
	}
	return b.draw(p)
}

// draw makes a PNG of an SVG; a machine without librsvg has none.
func (b *built) draw(p *plot) error {
	name := p.Name + ".png"
	path := filepath.Join(b.folder, name)
	temporary := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	command := exec.Command("rsvg-convert", "--zoom", pngZoom, "--format", "png",
		"--output", temporary)
	command.Stdin = bytes.NewReader(p.svg)
	said, err := command.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		b.why = "no .png: rsvg-convert isn't there: install librsvg2-bin"
		return nil
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary)
		return impossible{fmt.Errorf("%s: rsvg-convert: %w: %s: is the folder full?",
			path, err, strings.TrimSpace(string(said)))}
	}
	b.names = append(b.names, name)
	p.Files = append(p.Files, name)
	return nil
}

// values are a table's texts.
func (t *table) values() [][]string {
	var head []string
	for _, c := range t.Head {
		head = append(head, c.Text)
	}
	rows := [][]string{head}
	for _, row := range t.Rows {
		var texts []string
		for _, c := range row.Cells {
			texts = append(texts, c.Text)
		}
		rows = append(rows, texts)
	}
	return rows
}

// writeTables writes those that stand beside no picture.
func (b *built) writeTables(p *page) error {
	for i, t := range p.Claims {
		name := "claims.csv"
		if i > 0 {
			name = fmt.Sprintf("claims-%d.csv", i+1)
		}
		if err := b.write(name, commaSeparated(t.values())); err != nil {
			return err
		}
		p.ClaimFiles = append(p.ClaimFiles, name)
	}
	return nil
}

// say prints what was written.
func (b *built) say(asJSON bool) error {
	page := filepath.Join(b.folder, "report.html")
	if b.why != "" {
		fmt.Fprintf(os.Stderr, "switchcost-view: %s\n", b.why)
	}
	if !asJSON {
		fmt.Printf("%s: %d kB, and %d files beside it\n", page, (b.bytes+999)/1000,
			len(b.names)-1)
		return nil
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		Report string   `json:"report"`
		Bytes  int      `json:"bytes"`
		Files  []string `json:"files"`
		Why    string   `json:"why"`
	}{page, b.bytes, b.names, b.why})
}

// page puts findings where a reader looks for them.
func (f *findings) page() *page {
	p := &page{Title: "The ruler of calls between Go and C", Sentence: f.sentence(),
		Ruler: f.rulerFigure(), Costs: f.costs(), Evictions: f.evictionPlots(),
		Claims: f.claimTables(), Machines: f.machines(), Sources: f.sourceTable()}
	if len(p.Claims) > 0 {
		p.ClaimsHow = "A claim was judged by measurements of its own, drawn again and " +
			"again: an interval is made of how draws differ, and a verdict needs it on " +
			"one side of what the claim predicts. Verdicts are of the machine that is " +
			"named below."
	}
	p.Versions, p.VersionTables = f.versions()
	p.Sections = []section{{"figures", "All figures"}, {"costs", "Cost by function"},
		{"evictions", "Evictions"}, {"claims", "Verdicts"},
		{"versions", "Versions of Go"}, {"machines", "Machines"},
		{"provenance", "Provenance"}}
	if p.Ruler == nil {
		p.Sections = p.Sections[1:]
	}
	return p
}

// numbered is a name, and from the second of a kind on its number.
func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, i+1)
}

func (f *findings) costs() []*plot {
	var all []*plot
	for i, one := range f.profiles {
		svg, err := icicle(one)
		if err != nil {
			continue // its check has refused what can't be drawn
		}
		p := &plot{Name: numbered("profile", i), Title: "Cost by function: " +
			baseName(one.Sequence), svg: svg, Inline: inlined(svg),
			How: fmt.Sprintf("Each prefix of the recorded call's %d operations was "+
				"replayed %d times between fences (%s backend, state %s): what the next "+
				"operation adds is its cost. The parts make up %s %% of the whole.",
				len(one.Ops), one.Samples, one.Backend, one.State, one.Closure*100)}
		t := newTable(p.Name+"-table", "Functions of "+baseName(one.Sequence),
			"function", "#operations", "#core cycles", "#from", "#to", "#share, %")
		for _, part := range one.Functions {
			t.add(part.Name, fmt.Sprint(part.Ops), part.Cycles.String(),
				part.CyclesCI[0].String(), part.CyclesCI[1].String(),
				(part.Share * 100).String())
		}
		p.Tables, p.data = []*table{t}, t.values()
		all = append(all, p)
		if one.Ablation.Valid && len(one.Ablation.Classes) > 0 {
			all = append(all, ablationPlot(one, numbered("ablation", i)))
		}
	}
	return all
}

func ablationPlot(one *profile, name string) *plot {
	svg := ablationChart(one)
	p := &plot{Name: name, Title: "Ablation: " + baseName(one.Sequence) +
		" without each class of its operations", svg: svg, Inline: inlined(svg),
		How: "A class of operations was taken out of the recorded call, and both were " +
			"replayed by turns: a bar is what that saves. It asks another question than " +
			"the picture above, which shows where one waits."}
	t := newTable(name+"-table", "Classes of operations", "class", "#operations",
		"#core cycles less", "#from", "#to", "#share, %")
	for _, c := range one.Ablation.Classes {
		t.add(classInWords(c.Name), fmt.Sprint(c.Ops), c.Removed.Mean.String(),
			c.Removed.Lo.String(), c.Removed.Hi.String(), (c.Share * 100).String())
	}
	p.Tables, p.data = []*table{t}, t.values()
	return p
}

func (f *findings) evictionPlots() []*plot {
	var all []*plot
	for i, one := range f.evictions {
		svg := heatmap(one)
		p := &plot{Name: numbered("evictions", i), Title: "What " +
			baseName(one.Sequence) + " evicts", svg: svg, Inline: inlined(svg),
			How: "Victims lay in the caches, the recorded call was replayed, and then " +
				"some of them were loaded and timed: dark ones were gone. Beside it " +
				"stands what a model of the caches predicts."}
		t := newTable(p.Name+"-table", "Victims that are called evicted", "level",
			"#victims", "#evicted", "valid")
		p.data = [][]string{{"level", "set", "line", "evicted_share", "predicted"}}
		for _, l := range []struct {
			name string
			*level
		}{{"L1d", one.L1d}, {"L2", one.L2}, {"dTLB", one.DTLB}, {"sTLB", one.STLB}} {
			if l.level != nil {
				p.addLevel(t, l.name, l.level)
			}
		}
		p.Tables = []*table{t}
		all = append(all, p)
	}
	return all
}

func (p *plot) addLevel(t *table, name string, l *level) {
	victims, evicted := l.Lines, l.LinesEvicted
	if len(victims) == 0 {
		victims, evicted = l.Pages, l.PagesEvicted
	}
	if l.Valid {
		t.add(name, fmt.Sprint(len(victims)), fmt.Sprint(evicted), "yes")
	} else {
		t.add(name, fmt.Sprint(len(victims)), "?", "withheld")
	}
	for i := range victims {
		v := &victims[i]
		p.data = append(p.data, []string{name, string(v.Set), fmt.Sprint(v.Line),
			exact(v.share()), exact(v.predicted())})
	}
}

// exact is a figure as a file has it; nothing where it isn't known.
func exact(n number) string {
	if !n.known() {
		return ""
	}
	return fmt.Sprintf("%.6g", float64(n))
}

func inlineRuler(d *rulerPicture) template.HTML {
	return template.HTML(d.inline())
}
