// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdlib.h>
// #include <string.h>
// #include <unistd.h>
//
// #define SWEEP_MIN ((size_t)8 << 20)
// #define SWEEP_MAX ((size_t)64 << 20)
//
// static volatile char *swept;
// static size_t swept_bytes;
//
// // Twice the last level, which other CPUs may share and a cloud machine may
// // have hundreds of MiB of: hence the bound.
// static int sweep_cache_prepare(void)
// {
// 	long l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
//
// 	swept_bytes = l3 > 0 ? 2 * (size_t)l3 : 0;
// 	if (swept_bytes < SWEEP_MIN)
// 		swept_bytes = SWEEP_MIN;
// 	if (swept_bytes > SWEEP_MAX)
// 		swept_bytes = SWEEP_MAX;
// 	swept = malloc(swept_bytes);
// 	if (swept)
// 		memset((void *)swept, 1, swept_bytes);
// 	return swept ? 0 : -1;
// }
//
// static void sweep_cache(void)
// {
// 	size_t i;
//
// 	for (i = 0; i < swept_bytes; i += 64)
// 		swept[i];
// }
import "C"

import "syscall"

func init() {
	register(&scenario{
		Name: "sweep-cache",
		Summary: "a nop call after reading twice the last cache level, but" +
			" 64 MiB at most: L1d and L2 are swept for sure",
		Call:  "the call alone",
		Begin: cgoWrapper("nop"),
		// It reads 64 MiB, so that data TLBs are swept, too.
		Cold: "recorded",
		setup: func() error {
			if C.sweep_cache_prepare() != 0 {
				return syscall.ENOMEM
			}
			return nil
		},
		before:  func() { C.sweep_cache() },
		call:    callNop,
		stamped: stampedNop,
	})
}
