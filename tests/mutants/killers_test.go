// SPDX-License-Identifier: GPL-2.0
package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A test that works for longer than another may wait isn't taken for one that waits.
func TestEnds(t *testing.T) {
	waitSeconds = 3
	for _, c := range []struct {
		script string
		limit  int // seconds of the processor
		want   ending
	}{
		{"exec sleep 600", 60, endless},
		{`end=$(($(date +%s) + 6)); while [ "$(date +%s)" -lt "$end" ]; do :; done`,
			60, passes},
		{"while :; do :; done", 1, endless},
		{"exit 1", 60, fails},
	} {
		path := filepath.Join(t.TempDir(), "test")
		content := []byte("#!/bin/sh\n" + c.script + "\n")
		if err := os.WriteFile(path, content, 0o777); err != nil {
			t.Fatal(err)
		}
		k := killer{name: "test", path: path}
		got, _, err := k.run(t.TempDir(), c.limit)
		if err != nil || got != c.want {
			t.Errorf("%s: ended as %d (%v), wanted %d", c.script, got, err, c.want)
		}
	}
}
