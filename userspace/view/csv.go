// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/csv"
	"path"
)

// csvTable writes a row for each value of each result: its file, its key, the value, and
// the interval of 95 % if it has one. A figure that is withheld is empty.
func csvTable(all []anyResult) ([]byte, error) {
	var out bytes.Buffer

	w := csv.NewWriter(&out)
	rows := [][]string{{"file", "key", "value", "ci_lo", "ci_hi"}}
	for _, r := range all {
		for _, f := range r.figures() {
			rows = append(rows, []string{clean(path.Base(r.file)),
				f.path, f.value, f.lo, f.hi})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
