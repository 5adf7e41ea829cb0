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

func TestRegistryRefuses(t *testing.T) {
	if _, err := registry(t, map[string]string{"amd": `{"cycles": 1}`}); err == nil ||
		!strings.Contains(err.Error(), "holds no claims") {
		t.Errorf("no claims: %v", err)
	}
}
