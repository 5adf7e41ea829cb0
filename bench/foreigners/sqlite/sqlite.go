// SPDX-License-Identifier: GPL-2.0

// Sqlite makes a row by go-sqlite3 and takes it: a call of Go's, in which there are three
// of C's, sqlite3_step's among them.
package main

import (
	"context"
	"database/sql/driver"
	"runtime"

	sqlite3 "github.com/mattn/go-sqlite3"

	"switchcost/goprobe/serve"
)

// Rows without end, each by the same work as the one before.
const query = "with recursive c(x) as (select 1 union all select 1 from c) select x from c"

// A goroutine that is locked before main begins stays on the main thread.
func init() {
	runtime.LockOSThread()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	connection, err := (&sqlite3.SQLiteDriver{}).Open(":memory:")
	must(err)
	rows, err := connection.(driver.QueryerContext).QueryContext(
		context.Background(), query, nil)
	must(err)
	row := make([]driver.Value, 1)
	calls := serve.Calls{
		Name: "sqlite",
		Loop: func(n int) {
			for i := 0; i < n; i++ {
				must(rows.Next(row))
			}
		},
	}
	calls.Loop(1)
	if row[0] != int64(1) {
		panic("sqlite: another row")
	}
	calls.Main()
}
