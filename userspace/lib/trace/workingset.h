/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_WORKINGSET_H
#define SWC_LIB_WORKINGSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "trace.h"

/*
 * The lines and pages that the recorded thread, in Go the goroutine, had
 * touched before a call: what a call may evict. Made from a trace that was
 * recorded with the instructions between the calls (record --before).
 */

/* The part of the instructions between two calls that was recorded. */
enum workingset_part {
	WORKINGSET_NONE, /* nothing was recorded before the calls */
	WORKINGSET_ALL,
	WORKINGSET_FIRST, /* those after the earlier call; the rest is missing */
	WORKINGSET_LAST,  /* those before the later call; the rest is missing */
};

struct workingset_line {
	uint64_t address; /* in the recorded process, of its first byte */
	uint64_t page;	  /* address / 4096 */
	uint8_t line;	  /* in the page, 0 to 63 */
	bool read;
	bool written;
	bool shared;	    /* the call touches it, too; code: fetches it */
	uint32_t rank;	    /* 0: touched last before the call, 1: ... */
	uint32_t age;	    /* see struct trace_touched */
	const char *region; /* name, of the trace: lives as long */
};

struct workingset_page {
	uint64_t page;	 /* address / 4096 */
	uint64_t lines;	 /* bit n: line n is in the set */
	uint64_t shared; /* bit n: and the call touches it, too */
	bool called;	 /* the call touches the page, in whatever line of it */
	uint32_t rank;
	uint32_t age;	    /* of the line that was touched last */
	const char *region; /* of that line */
};

/* Lines and pages of one kind, those that were touched last first. */
struct workingset_units {
	struct workingset_line *lines;
	size_t nlines;
	struct workingset_page *pages;
	size_t npages;
};

struct workingset {
	struct workingset_units data;
	struct workingset_units code;
	enum workingset_part part;
	uint64_t steps; /* instructions that it is of */
	char end[16];	/* what ended the stepping: "call", "limit", ... */
};

/**
 * workingset_build() - the working set of @trace, compared with one of its
 * calls
 * @set: filled; to be released with workingset_free()
 * @variant: of @trace: the lines that it touches are marked as shared
 *
 * A trace without one gives an empty set, with part WORKINGSET_NONE: whether
 * that is an error is for the caller to say.
 *
 * Return: 0, or -1 with @err set and nothing to release: no memory.
 */
int workingset_build(struct workingset *set, const struct trace *trace,
		     const struct trace_variant *variant, struct error *err);
void workingset_free(struct workingset *set);

/* workingset_part_name() - "none", "all", "first" or "last". */
const char *workingset_part_name(enum workingset_part part);

/* workingset_shared_lines() - lines of data that the call touches, too. */
size_t workingset_shared_lines(const struct workingset *set);

/* workingset_truncated() - is part of what lies between two calls missing? */
static inline bool workingset_truncated(const struct workingset *set)
{
	return set->part == WORKINGSET_FIRST || set->part == WORKINGSET_LAST;
}

#endif
