// SPDX-License-Identifier: GPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// registry has a machine for each result, in a folder of that name.
func registry(t *testing.T, results map[string]string) (string, error) {
	t.Helper()
	var files []string
	top := t.TempDir()

	for _, machine := range []string{"amd", "intel"} {
		data, there := results[machine]
		if !there {
			continue
		}
		file := filepath.Join(top, machine, "claims.json")
		if err := os.Mkdir(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	page, err := ofRegistry(request{results: files})
	return string(page), err
}

func TestRegistry(t *testing.T) {
	intel := strings.Replace(someClaims, `"provenance"`, `"go": "go1.26.8", "provenance"`, 1)
	intel = strings.Replace(intel, `"verdict": "refuted"`, `"verdict": "supported"`, 1)
	intel = strings.Replace(intel, `"sentence": "S."`, `"sentence": "Another."`, 1)
	page, err := registry(t, map[string]string{"amd": someClaims, "intel": intel})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| claim | amd, Go not recorded | intel, go1.26.8 |\n| --- | --- | --- |\n",
		"| a: It takes 40 ns. | refuted: 12.3 [12.1, 12.6] ns | supported: 12.3",
		"| b: S. | not measurable | - |", "| b: Another. | - | not measurable |",
		"Supported by one and refuted by another: `a`.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q isn't in\n%s", want, page)
		}
	}
}

// A result of several versions has a column of each.
func TestRegistryVersions(t *testing.T) {
	page, err := registry(t, map[string]string{"amd": strings.Replace(someClaims,
		`"cases": [{`, `"versions": [{"go": "1.19", "verdict": "supported"},
		  {"go": "1.27", "verdict": "refuted"}], "cases": [{`, 1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| claim | amd, go1.19 | amd, go1.27 |\n",
		"| a: It takes 40 ns. | supported | refuted |",
		"| b: S. | not measurable | not measurable |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q isn't in\n%s", want, page)
		}
	}
}

// dated is a result that doesn't say which Go it is of.
var dated = strings.Replace(someClaims, `"cpu": "a CPU"`,
	`"cpu": "a CPU", "cpu_signature": "06-cf-02", "date": "2026-11-27T09:00:00Z"`, 1)

// An older result's version is that of what was recorded on the same day, on that processor.
func TestRegistryGoBeside(t *testing.T) {
	for name, one := range map[string]struct{ beside, want string }{
		"same day": {`{"trace": {"go": "go1.26.8"}, "provenance":
		  {"cpu_signature": "06-cf-02", "date": "2026-11-27T20:00:00Z"}}`, "go1.26.8"},
		"another day": {`{"trace": {"go": "go1.26.8"}, "provenance":
		  {"cpu_signature": "06-cf-02", "date": "2026-11-29T20:00:00Z"}}`,
			"Go not recorded"},
		"another processor": {`{"trace": {"go": "go1.26.8"}, "provenance":
		  {"cpu_signature": "06-cf-03", "date": "2026-11-27T20:00:00Z"}}`,
			"Go not recorded"},
		"several versions": {`{"trace": {"go": "go1.26.8"}, "other": {"go": "go1.19.8"},
		  "provenance": {"cpu_signature": "06-cf-02", "date": "2026-11-27T20:00:00Z"}}`,
			"Go not recorded"},
	} {
		file := filepath.Join(t.TempDir(), "claims.json")
		for path, text := range map[string]string{
			file: dated, filepath.Join(filepath.Dir(file), "nop.json"): one.beside,
		} {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		page, err := ofRegistry(request{results: []string{file}})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), one.want+" |") {
			t.Errorf("%s: %q isn't in\n%s", name, one.want, page)
		}
	}
}

// A claim about other versions than the column's says which they are.
func TestRegistryNamedVersions(t *testing.T) {
	page, err := registry(t, map[string]string{"amd": strings.Replace(someClaims,
		`"cases": [{`, `"evidence": ["versus-nop-go1.26-over-nop-go1.25",
		  "time-callback-main-gocmain-1.22.5"], "cases": [{`, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if want := "(go1.26, go1.25, go1.22.5) |"; !strings.Contains(page, want) {
		t.Errorf("%q isn't in\n%s", want, page)
	}
}

func TestRegistryRefuses(t *testing.T) {
	if _, err := registry(t, map[string]string{"amd": `{"cycles": 1}`}); err == nil ||
		!strings.Contains(err.Error(), "holds no claims") {
		t.Errorf("no claims: %v", err)
	}
}
