// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
import "C"

import "time"

const batchItems = 64

func init() {
	register(&scenario{
		Name:    "batch64",
		Summary: "instead of 64 calls: one call with 64 items",
		Begin:   cgoWrapper("probe_consume"),
		loop: func(n int) {
			items := new([batchItems]C.int32_t)
			for i := 0; i < n; i++ {
				C.probe_consume(&items[0], batchItems)
			}
		},
		extra: func(n int, elapsed time.Duration) (float64, string) {
			return float64(elapsed.Nanoseconds()) /
				float64(n*batchItems), "ns/item"
		},
	})
}
