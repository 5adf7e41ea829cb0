// SPDX-License-Identifier: GPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// A leaf is one value of a result, by the path of keys to it, with its interval if it
// has one: of an estimate {mean, ci_lo, ci_hi}, or of a key with a neighbour KEY_ci.
type leaf struct {
	path   string
	value  string // as JSON has it, a text without quotes; "" is null
	lo, hi string
}

// anyResult is a result of any verb.
type anyResult struct {
	file   string
	values map[string]any
}

// loadAny keeps numbers as they are written.
func loadAny(file string) (anyResult, error) {
	var raw json.RawMessage

	r := anyResult{file: file}
	if err := load(file, &raw); err != nil {
		return r, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&r.values) != nil {
		return r, fmt.Errorf("%s: not an object: give what switchcost "+
			"--json printed", file)
	}
	return r, nil
}

func (r anyResult) figures() []leaf {
	var all []leaf

	walk("", r.values, func(f leaf) { all = append(all, f) })
	return all
}

// at returns what a path of keys and numbers leads to; nil: nothing.
func (r anyResult) at(path string) any {
	var value any = r.values

	for _, key := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

func (r anyResult) text(path string) string {
	s, _ := r.at(path).(string)
	return clean(s)
}

// number is false for null, too: a figure that is withheld.
func (r anyResult) number(path string) (float64, bool) {
	n, ok := r.at(path).(json.Number)
	if !ok {
		return 0, false
	}
	value, err := n.Float64()
	return value, err == nil
}

// pieces returns the objects of a list.
func (r anyResult) pieces(path string) []anyResult {
	var all []anyResult

	list, _ := r.at(path).([]any)
	for _, one := range list {
		if object, ok := one.(map[string]any); ok {
			all = append(all, anyResult{r.file, object})
		}
	}
	return all
}

func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case json.Number:
		return v.String(), true
	case string:
		return clean(v), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// ends returns the two of an interval [lo, hi].
func ends(value any) (lo, hi string, ok bool) {
	list, _ := value.([]any)
	if len(list) != 2 {
		return "", "", false
	}
	lo, first := scalar(list[0])
	hi, second := scalar(list[1])
	return lo, hi, first && second
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// walkObject takes what belongs to an estimate together.
func walkObject(path string, object map[string]any, visit func(leaf)) {
	mean, isEstimate := object["mean"]
	lo, hasLo := scalar(object["ci_lo"])
	hi, hasHi := scalar(object["ci_hi"])
	if value, ok := scalar(mean); isEstimate && ok && hasLo && hasHi {
		visit(leaf{path, value, lo, hi})
		return
	}
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		if base := strings.TrimSuffix(key, "_ci"); base != key {
			if _, has := object[base]; has {
				continue
			}
		}
		value, ok := scalar(object[key])
		if !ok {
			walk(join(path, key), object[key], visit)
			continue
		}
		f := leaf{path: join(path, key), value: value}
		if lo, hi, ok := ends(object[key+"_ci"]); ok {
			f.lo, f.hi = lo, hi
		}
		visit(f)
	}
}

func walk(path string, value any, visit func(leaf)) {
	switch v := value.(type) {
	case map[string]any:
		walkObject(path, v, visit)
	case []any:
		for i, one := range v {
			walk(join(path, strconv.Itoa(i)), one, visit)
		}
	default:
		if text, ok := scalar(v); ok {
			visit(leaf{path: path, value: text})
		}
	}
}

// ofAny makes a view of any results of all verbs, one or several.
func ofAny(draw func([]anyResult) ([]byte, error)) view {
	return func(r request) ([]byte, error) {
		var all []anyResult

		for _, file := range r.results {
			one, err := loadAny(file)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return draw(all)
	}
}
