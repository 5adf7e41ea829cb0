/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_REGIONS_H
#define SWC_RECORD_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traceformat.h"
#include "gocontext.h"
#include "golayout.h"
#include "symbols.h"

/*
 * Names for the address ranges of the process, as they are at the entry of the
 * recorded call. Ranges overlap (a thread's g may lie in .bss); the first one
 * that holds an address names it, so that the most specific come first.
 */
struct region {
	uint64_t start;
	uint64_t end; /* one past the last byte */
	enum trace_region_kind kind;
	const char *name;	   /* a word: "gstack" */
	const struct gotype *type; /* of the structure that it is, or NULL */
	uint64_t anchor;	   /* see trace_builder_anchor(); 0: none */
	int32_t trace_index;	   /* in the trace, -1: not there yet */
};

struct regions {
	struct region *list;
	size_t n;
};

/* The recorder knows so much of the process and the thread. */
struct regions_view {
	const struct symbols *symbols;
	const struct golayout *layout;	 /* NULL: not a Go program */
	const struct gocontext *context; /* NULL: no Go code in this thread */
	const struct gocontext *later; /* of the thread where it ended, or NULL */
	pid_t pid;
	uint64_t sched;	  /* address of runtime.sched, or 0 */
	uint64_t fs_base; /* of the thread, at the call's entry */
	uint64_t rsp;
};

/*
 * regions_build() - fill @regions, dropping what was there. Return: 0, or -1
 * with @err set.
 */
int regions_build(struct regions *regions, const struct regions_view *view,
		  struct error *err);
void regions_free(struct regions *regions);

/* regions_find() - the region of an address; there always is one. */
struct region *regions_find(struct regions *regions, uint64_t address);

#endif
