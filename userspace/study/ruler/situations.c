// SPDX-License-Identifier: GPL-2.0
#include "situations.h"

#include <stddef.h>

/* The program leaves caches as the recorder has seen it leave them. */
#define AS_RECORDED "recorded"

#define WAITS "it waits for other threads, and a recording is of one"

const struct situation situations[SITUATIONS] = {
	{"bare", "a bare call", "nop", NULL, NULL},
	{"arguments", "with arguments: two ints in, one out", "add", NULL,
	 NULL},
	{"pointer", "with a pointer, which Go checks", "pointer", NULL, NULL},
	{"callback", "with a callback into Go", "callback", NULL, NULL},
	{"cold-l1", "L1d swept before", "sweep-l1", AS_RECORDED, NULL},
	{"cold-l2", "L2 swept before", "sweep-l2", AS_RECORDED, NULL},
	{"cold-tlb", "TLBs swept before", "sweep-tlb", AS_RECORDED, NULL},
	{"cold-memory", "all caches swept before", "sweep-cache", AS_RECORDED,
	 NULL},
	{"first-call", "first call of a C function: it is bound", "first-call",
	 NULL, NULL},
	{"p-taken", "C blocked, and another P is idle", "exit-idle-p", NULL,
	 WAITS},
	{"no-p", "C blocked, and no P is idle", "exit-no-p", NULL, WAITS},
	{"locked-thread", "round trip of two locked goroutines",
	 "pingpong-locked", NULL, WAITS},
	{"c-thread-first", "a new thread of C's calls Go",
	 "callback-new-thread", NULL, WAITS},
	{"c-thread", "the same thread of C's calls again", "callback-thread",
	 NULL, NULL},
	{"gc", "while the collector works", "allocator", NULL,
	 "how the collector leaves caches isn't recorded"},
};

const struct situation references[REFERENCES] = {
	{"go-call", "a Go call", "go-call", NULL, NULL},
	{"atomic", "an atomic", "atomic", NULL, NULL},
	{"malloc", "malloc and free", "malloc-c", NULL, NULL},
	{"getpid", "getpid", "syscall-c", NULL, NULL},
	{"channel", "a channel round trip", "channel", NULL, NULL},
	{"page-fault", "a page fault", "page-fault", NULL, NULL},
};
