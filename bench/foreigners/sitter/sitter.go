// SPDX-License-Identifier: GPL-2.0

// Sitter closes trees of go-tree-sitter, which can't be done twice: each is made first.
package main

import (
	"context"
	"runtime"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/toml"

	"switchcost/goprobe/serve"
	"switchcost/goprobe/tsc"
)

const text = "[a]\nb = 1\nc = [2, 3, \"four\"]\n[d.e]\nf = 2026-11-30\n"

var (
	parser *sitter.Parser
	tree   *sitter.Tree
)

// A goroutine that is locked before main begins stays on the main thread.
func init() {
	runtime.LockOSThread()
}

func parse() {
	var err error
	tree, err = parser.ParseCtx(context.Background(), nil, []byte(text))
	if err != nil {
		panic(err)
	}
}

func closeTree() { tree.Close() }

//go:noinline
func stampedClose(turns int) uint64 {
	start := tsc.StartAndTurn(turns)
	tree.Close()
	return tsc.End() - start
}

func main() {
	parser = sitter.NewParser()
	parser.SetLanguage(toml.GetLanguage())
	calls := serve.Calls{
		Name:    "sitter",
		Before:  parse,
		Call:    closeTree,
		Stamped: stampedClose,
	}
	calls.Main()
}
