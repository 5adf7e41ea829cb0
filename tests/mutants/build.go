// SPDX-License-Identifier: GPL-2.0
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The engine's objects for a shared one. Without debug information two objects are the
// same if and only if their code and data are.
var compile = []string{"gcc", "-w", "-std=gnu11", "-O2", "-fno-omit-frame-pointer",
	"-fPIC", "-fno-semantic-interposition", "-D_GNU_SOURCE"}

// An engine is a copy of the sources, so that the tree may change meanwhile, and the
// objects that were compiled of it.
type engine struct {
	folder string // module/engine's copy
	module string // module's, for its headers
	source map[string]string
	object map[string]string // path of each file's
	order  []string
}

// command runs one in a folder, and returns what it says if it fails.
func command(folder string, words ...string) error {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %v: %s", strings.Join(words, " "), err,
			bytes.TrimSpace(out))
	}
	return nil
}

// copyEngine copies and compiles the engine of the tree at root to a folder.
func copyEngine(root, folder string) (*engine, error) {
	module := filepath.Join(folder, "module")
	e := &engine{
		folder: filepath.Join(module, "engine"),
		module: module,
		source: make(map[string]string),
		object: make(map[string]string),
	}
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	if err := command(root, "cp", "-a", "module", folder); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(e.folder, "*.[cS]"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		name := filepath.Base(f)
		content, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		e.source[name] = string(content)
		e.object[name] = f + ".o"
		e.order = append(e.order, name)
		if err := e.compile(f, f+".o"); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// compile makes an object of a file, which may lie outside of the engine. The object
// doesn't depend on where it lies.
func (e *engine) compile(file, object string) error {
	words := append(append([]string{}, compile...), "-iquote", e.folder, "-I"+e.module,
		"-c", "-o", object, filepath.Base(file))
	return command(filepath.Dir(file), words...)
}

// link makes the shared object, with another object in place of one file's.
func (e *engine) link(to, file, object string) error {
	words := []string{"gcc", "-shared", "-Wl,-soname,libengine.so", "-o", to}
	for _, name := range e.order {
		if name == file {
			words = append(words, object)
		} else {
			words = append(words, e.object[name])
		}
	}
	return command(e.folder, words...)
}

// A built is how building a mutant ended.
type built int

const (
	differs built = iota
	refused       // by the compiler
	alike         // the compiler makes the same of it, which proves that it is the same
)

// build makes libengine.so of a mutant in a folder.
func (e *engine) build(p place, folder string) (built, error) {
	file := filepath.Join(folder, p.file)
	mutant, err := mutate(e.source[p.file], p)
	if err != nil {
		return refused, err
	}
	if err := os.WriteFile(file, []byte(mutant), 0o666); err != nil {
		return refused, err
	}
	if e.compile(file, file+".o") != nil {
		return refused, nil
	}
	if same, err := equal(file+".o", e.object[p.file]); err != nil || same {
		return alike, err
	}
	// A change may leave nothing to link with, as of a function's name.
	if e.link(filepath.Join(folder, "libengine.so"), p.file, file+".o") != nil {
		return refused, nil
	}
	return differs, nil
}

func equal(a, b string) (bool, error) {
	x, err := os.ReadFile(a)
	if err != nil {
		return false, err
	}
	y, err := os.ReadFile(b)
	return bytes.Equal(x, y), err
}
