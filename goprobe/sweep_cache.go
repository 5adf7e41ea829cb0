// SPDX-License-Identifier: GPL-2.0

package main

// #include <stdlib.h>
// #include <string.h>
// #include <unistd.h>
//
// #define SWEEP_MIN ((size_t)8 << 20)
// #define SWEEP_MAX ((size_t)64 << 20)
//
// // Cores have had more than this for years, where nobody says how much.
// #define SWEEP_L1 ((size_t)128 << 10)
// #define SWEEP_L2 ((size_t)4 << 20)
//
// static volatile char *swept;
// static size_t swept_bytes;
//
// static int sweep_prepare(size_t bytes)
// {
// 	swept_bytes = bytes;
// 	swept = malloc(swept_bytes);
// 	if (swept)
// 		memset((void *)swept, 1, swept_bytes);
// 	return swept ? 0 : -1;
// }
//
// // Twice the last level, which other CPUs may share and a cloud machine may
// // have hundreds of MiB of: hence the bound.
// static size_t sweep_all_bytes(void)
// {
// 	long l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
// 	size_t bytes = l3 > 0 ? 2 * (size_t)l3 : 0;
//
// 	if (bytes < SWEEP_MIN)
// 		return SWEEP_MIN;
// 	return bytes > SWEEP_MAX ? SWEEP_MAX : bytes;
// }
//
// // Twice a level of the core's own.
// static size_t sweep_l1_bytes(void)
// {
// 	long l1d = sysconf(_SC_LEVEL1_DCACHE_SIZE);
//
// 	return l1d > 0 ? 2 * (size_t)l1d : SWEEP_L1;
// }
//
// static size_t sweep_l2_bytes(void)
// {
// 	long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
//
// 	return l2 > 0 ? 2 * (size_t)l2 : SWEEP_L2;
// }
//
// static void sweep(void)
// {
// 	size_t i;
//
// 	for (i = 0; i < swept_bytes; i += 64)
// 		swept[i];
// }
import "C"

import "syscall"

// A sweep reads, before each call, so much that a level of caches has nothing of the
// call's data left.
func init() {
	for _, s := range []struct {
		name, summary string
		bytes         func() C.size_t
	}{
		{"sweep-l1", "twice L1d: its data are in L2, its code where it was",
			func() C.size_t { return C.sweep_l1_bytes() }},
		{"sweep-l2", "twice L2: its data are beyond that",
			func() C.size_t { return C.sweep_l2_bytes() }},
		// It reads 64 MiB, so that data TLBs are swept, too.
		{"sweep-cache", "twice the last cache level, but 64 MiB at most: L1d and" +
			" L2 are swept for sure",
			func() C.size_t { return C.sweep_all_bytes() }},
	} {
		bytes := s.bytes
		register(&scenario{
			Name:    s.name,
			Summary: "a nop call after reading " + s.summary,
			Call:    "the call alone",
			Begin:   cgoWrapper("nop"),
			Cold:    "recorded",
			setup: func() error {
				if C.sweep_prepare(bytes()) != 0 {
					return syscall.ENOMEM
				}
				return nil
			},
			before:  func() { C.sweep() },
			call:    callNop,
			stamped: stampedNop,
		})
	}
}
