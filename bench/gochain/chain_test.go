// SPDX-License-Identifier: GPL-2.0

package gochain

import (
	"fmt"
	"testing"
)

// The result of the last call, so that the compiler can't drop any.
var sink uint64

var chains = []struct {
	length int
	call   func(uint64) uint64
}{
	{12, chain12}, {16, chain16}, {20, chain20}, {30, chain30},
	{40, chain40}, {60, chain60}, {80, chain80}, {100, chain100},
	{0, chain0}, {500, chain500}, {1500, chain1500},
}

func BenchmarkChain(b *testing.B) {
	for _, c := range chains {
		call := c.call
		b.Run(fmt.Sprint(c.length), func(b *testing.B) {
			x := sink
			for i := 0; i < b.N; i++ {
				x = call(x)
			}
			sink = x
		})
	}
}
