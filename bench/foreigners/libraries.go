// SPDX-License-Identifier: GPL-2.0

//go:build !bare

package main

import (
	"context"
	"database/sql"

	_ "github.com/mattn/go-sqlite3"
	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/toml"
)

func init() {
	kinds["sqlite"] = queries
	kinds["sitter"] = parses
}

// queries writes rows and reads them.
func queries() func() {
	db, err := sql.Open("sqlite3", ":memory:")
	must(err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("create table t (k integer primary key, v text)")
	must(err)
	return func() {
		_, err := db.Exec("insert into t (v) values (?)", "a foreign row")
		must(err)
		var n, length int
		must(db.QueryRow("select count(*), sum(length(v)) from t").Scan(&n, &length))
		if length != 13*n {
			panic("sqlite: wrong sum")
		}
		if n > 1000 {
			_, err = db.Exec("delete from t")
			must(err)
		}
	}
}

// parses makes trees and walks them.
func parses() func() {
	parser := sitter.NewParser()
	parser.SetLanguage(toml.GetLanguage())
	text := []byte("[a]\nb = 1\nc = [2, 3, \"four\"]\n[d.e]\nf = 2026-11-30\n")
	return func() {
		tree, err := parser.ParseCtx(context.Background(), nil, text)
		must(err)
		var walk func(n *sitter.Node) int
		walk = func(n *sitter.Node) int {
			nodes := 1
			for i := 0; i < int(n.ChildCount()); i++ {
				nodes += walk(n.Child(i))
			}
			return nodes
		}
		if walk(tree.RootNode()) < 20 {
			panic("tree-sitter: nodes are missing")
		}
		tree.Close()
	}
}
