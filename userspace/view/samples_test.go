// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func plantedSamples() *samples {
	return &samples{Program: "dir/p", Rate: 1000, Stacks: []sampledStack{
		{3, "c", false, []string{"main.main", "runtime.cgocall", "f"}},
		{5, "path", false, []string{"main.main", "runtime.cgocall"}},
		{200, "go", true, []string{"main.main", "a;b"}},
	}}
}

func TestFoldedSamples(t *testing.T) {
	out, err := foldedSamples(plantedSamples())
	want := "main.main;runtime.cgocall;f 3\n" +
		"main.main;runtime.cgocall;[cgo path] 5\n" +
		"main.main;a,b;[kernel] 200\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: %q", err, out)
	}
}

func TestFlame(t *testing.T) {
	out, err := flame(plantedSamples())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"208 samples", "main.main: 208 samples, 100.00 %",
		"runtime.cgocall: 8 samples", "2.4 % on the way"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q", want)
		}
	}
}

// Go's own reader finds what was written.
func TestPprof(t *testing.T) {
	out, err := pprof(plantedSamples())
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadAll(zip); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "p.pb.gz")
	if err = os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	for focus, want := range map[string]string{"kind=path": "5 ", "kind=c": "3 ",
		"kind=go": "200 "} {
		text, err := exec.Command("go", "tool", "pprof", "-raw",
			"-tagfocus="+focus, file).CombinedOutput()
		if err != nil {
			t.Skipf("go tool pprof: %v: %s", err, text)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s: %s", focus, text)
		}
	}
}
