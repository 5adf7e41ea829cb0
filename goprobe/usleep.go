// SPDX-License-Identifier: GPL-2.0

package main

// #include <unistd.h>
import "C"

func init() {
	register(&scenario{
		Name:    "usleep",
		Summary: "C blocks in usleep(100), with nobody waiting for its P",
		Call:    "the call with its wait, which is timed, too",
		Begin:   cgoWrapper("usleep"),
		loop: func(n int) {
			for i := 0; i < n; i++ {
				C.usleep(100)
			}
		},
	})
}
