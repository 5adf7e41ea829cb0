// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name:    "touch64k",
		Summary: "C stores once to each cache line of 64 KiB",
		Begin:   cgoWrapper("probe_touch"),
		loop:    touch(64 << 10),
	})
}
