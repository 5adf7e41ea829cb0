// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
//
// #include <sys/mman.h>
//
// #define FAULT_PAGES 4096
// #define FAULT_PAGE_BYTES 4096
//
// static char *fault_pages;
//
// static int fault_prepare(void)
// {
// 	const size_t bytes = (size_t)FAULT_PAGES * FAULT_PAGE_BYTES;
// 	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
// 		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
//
// 	if (p == MAP_FAILED)
// 		return -1;
// 	fault_pages = p;
// 	// Fails where there are no huge pages, which is as good.
// 	madvise(p, bytes, MADV_NOHUGEPAGE);
// 	return 0;
// }
//
// __attribute__((noinline, noclone)) static void touch_page(volatile char *page)
// {
// 	*page = 1;
// }
//
// // The kernel gives a zeroed page at each first store. Return: ns of n of them,
// // without giving the pages back.
// static int64_t fault_often(long n)
// {
// 	int64_t start, sum = 0;
// 	long i;
//
// 	while (n > 0) {
// 		madvise(fault_pages, (size_t)FAULT_PAGES * FAULT_PAGE_BYTES,
// 			MADV_DONTNEED);
// 		start = probe_now();
// 		for (i = 0; i < FAULT_PAGES && n > 0; i++, n--)
// 			touch_page(fault_pages + i * FAULT_PAGE_BYTES);
// 		sum += probe_now() - start;
// 	}
// 	return sum;
// }
import "C"

import (
	"syscall"
	"time"
)

func init() {
	register(&scenario{
		Name:    "page-fault",
		Summary: "no call out of Go: a first store to a page, made by C",
		Call:    "one store, for which the kernel has to find a page",
		Besides: "the page fault, which is the kernel's",
		Begin:   []string{"touch_page"},
		setup: func() error {
			if C.fault_prepare() != 0 {
				return syscall.ENOMEM
			}
			return nil
		},
		timed: func(n int) time.Duration {
			return time.Duration(C.fault_often(C.long(n)))
		},
	})
}
