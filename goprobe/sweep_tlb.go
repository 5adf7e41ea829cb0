// SPDX-License-Identifier: GPL-2.0

package main

// #include <sys/mman.h>
//
// // Several times what second-level TLBs hold: 2 to 4 thousand.
// #define SWEEP_PAGES 16384
// #define SWEEP_PAGE_BYTES 4096
//
// static volatile char *swept;
//
// // Memory that is never written is one page of zeros mapped again and again:
// // each page takes a TLB entry, yet they share their cache lines.
// static int sweep_tlb_prepare(void)
// {
// 	const size_t bytes = (size_t)SWEEP_PAGES * SWEEP_PAGE_BYTES;
// 	void *p = mmap(NULL, bytes, PROT_READ,
// 		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
//
// 	if (p == MAP_FAILED)
// 		return -1;
// 	swept = p;
// 	// Fails where there are no huge pages, which is as good.
// 	madvise(p, bytes, MADV_NOHUGEPAGE);
// 	return 0;
// }
//
// static void sweep_tlb(void)
// {
// 	size_t i;
//
// 	for (i = 0; i < SWEEP_PAGES; i++)
// 		swept[i * SWEEP_PAGE_BYTES];
// }
import "C"

import "syscall"

func init() {
	register(&scenario{
		Name: "sweep-tlb",
		Summary: "a nop call after reading one line of 16384 pages: the data" +
			" TLBs are swept, the caches nearly untouched",
		Call:  "the call alone",
		Begin: cgoWrapper("nop"),
		Cold:  "recorded",
		setup: func() error {
			if C.sweep_tlb_prepare() != 0 {
				return syscall.ENOMEM
			}
			return nil
		},
		before:  func() { C.sweep_tlb() },
		call:    callNop,
		stamped: stampedNop,
	})
}
