// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name:    "touch1m",
		Summary: "C stores once to each cache line of 1 MiB",
		Begin:   cgoWrapper("probe_touch"),
		loop:    touch(1 << 20),
	})
}
