// SPDX-License-Identifier: GPL-2.0

package main

func init() {
	register(&scenario{
		Name:     "unlocked",
		Summary:  "a nop call by a goroutine that is not locked to its thread",
		Begin:    cgoWrapper("nop"),
		Unlocked: true,
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callNop()
			}
		},
	})
}
