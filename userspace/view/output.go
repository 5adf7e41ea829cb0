// SPDX-License-Identifier: GPL-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// because returns the part of an error that the path before it doesn't say.
func because(err error) error {
	var path *fs.PathError
	var link *os.LinkError

	if errors.As(err, &path) {
		return path.Err
	}
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// write puts data into a file, which appears whole or not at all: it has a temporary
// name until then. A name that exists and is no regular file (a pipe, /dev/null) is
// written to and not replaced. No path: standard output.
func write(path string, data []byte) error {
	if path == "" {
		if _, err := os.Stdout.Write(data); err != nil {
			return impossible{fmt.Errorf("standard output: %w: "+
				"give another place by -o", because(err))}
		}
		return nil
	}
	put := writeWhole
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		put = writeDirectly
	}
	if err := put(path, data); err != nil {
		return fmt.Errorf("%s: cannot write: %w: give another file by -o",
			path, because(err))
	}
	return nil
}

func writeDirectly(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return first(err, f.Close())
}

func writeWhole(path string, data []byte) error {
	temporary := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = first(err, f.Sync())
	err = first(err, f.Close())
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary)
	}
	return err
}

// first returns the error that came first.
func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
