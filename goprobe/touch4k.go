// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name:    "touch4k",
		Summary: "C stores once to each cache line of 4 KiB",
		Begin:   cgoWrapper("probe_touch"),
		loop:    touch(4 << 10),
	})
}
