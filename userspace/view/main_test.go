// SPDX-License-Identifier: GPL-2.0

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestNumbers(t *testing.T) {
	for n, want := range map[number]string{
		1.25: "1.2", -0.04: "0.0", -2: "−2.0", 0: "0.0"} {
		if n.String() != want {
			t.Errorf("%v is shown as %s", float64(n), n)
		}
	}
}

func TestShorten(t *testing.T) {
	for width, want := range map[float64]string{
		9 * character: "schön", 4 * character: "sch…", 2 * character: ""} {
		if text := shorten("schön", width); text != want {
			t.Errorf("%q", text)
		}
	}
}

// Each error is one line that names the thing and the remedy.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := func(text string) string {
		f, err := os.CreateTemp(dir, "")
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		return f.Name()
	}
	empty, list, half := file(""), file("[]"), file(`{"method": "pre`)
	other, words := file(`{"sequence": "x"}`), file(`{"cycles": "many"}`)

	for _, c := range []struct {
		args string
		want string
	}{
		{"", "which view? see"},
		{"sphere x", `no view "sphere"; see`},
		{"icicle", "which result? see"},
		{"icicle --nosuch x", "nosuch"},
		{"icicle --format md x", "format"},
		{"icicle " + other + " " + other, "one result at a time"},
		{"icicle " + dir + "/none", "/none: cannot read: no such file"},
		{"folded " + dir, dir + ": cannot read: is a directory"},
		{"folded " + empty, empty + ": not JSON"},
		{"speedscope " + half, half + ": not JSON from byte 15 on"},
		{"icicle " + list, list},
		{"icicle " + words, `"cycles" is a string`},
		{"icicle " + other, "not a profile: give"},
		{"heatmap " + other, "no evictions: give"},
		{"matrix " + other, "no version of Go in it: give"},
		{"matrix --format xls " + other, "choose md, json or svg"},
	} {
		err := run(strings.Fields(c.args))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %s", c.args, err, c.want)
		}
		if errors.As(err, new(impossible)) {
			t.Errorf("%s: not the input's fault", c.args)
		}
	}
}

func TestOptionsAnywhere(t *testing.T) {
	r, err := parse("matrix", strings.Fields("a -o out b --format svg c"))
	if err != nil || r.output != "out" || r.format != "svg" ||
		strings.Join(r.results, "") != "abc" {
		t.Errorf("%+v, %v", r, err)
	}
}

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestOutputIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x.svg")

	for _, text := range []string{"longer than that", "short"} {
		if err := write(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(file); string(data) != text {
			t.Errorf("%q", data)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"folder", "none/x.svg"} {
		path = filepath.Join(dir, path)
		if err := write(path, nil); err == nil ||
			!strings.HasPrefix(err.Error(), path+": cannot write: ") {
			t.Errorf("%v", err)
		}
	}
	if left := names(t, dir); left != "folder x.svg" {
		t.Errorf("left: %s", left)
	}
}

// If a pipe or a device were replaced by a file, "-o /dev/null" as root would break
// the machine.
func TestOutputIsAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	read := make(chan string)

	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	go func() {
		f, err := os.Open(pipe)
		if err != nil {
			read <- err.Error()
			return
		}
		data, _ := io.ReadAll(f)
		read <- string(data)
	}()
	if err := write(pipe, []byte("all")); err != nil {
		t.Fatal(err)
	}
	if data := <-read; data != "all" {
		t.Errorf("%q", data)
	}
	if st, err := os.Lstat(pipe); err != nil || st.Mode()&os.ModeNamedPipe == 0 {
		t.Error("the pipe was replaced")
	}
}
