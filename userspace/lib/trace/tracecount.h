/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACECOUNT_H
#define SWC_LIB_TRACECOUNT_H

#include "error.h"
#include "trace.h"

/* The counts of one variant, as in record --json. */
struct trace_counts {
	size_t instructions;
	size_t loads; /* accesses that read, a read-modify-write included */
	size_t stores;
	size_t atomics; /* locked instructions */
	size_t calls;
	size_t rets;
	size_t branches;   /* conditional */
	size_t switches;   /* RSP moved by more than TRACE_SWITCH_BYTES */
	size_t data_lines; /* distinct 64-byte lines and 4096-byte pages */
	size_t data_pages;
	size_t code_lines;
	size_t code_pages;
};

/* RSP moves by at most a frame within one stack; further is another stack. */
#define TRACE_SWITCH_BYTES (64u << 10)

/**
 * trace_count() - count what @variant did
 *
 * Return: 0, or -1 with @err set: no memory, or bytes that are no instruction.
 */
int trace_count(const struct trace *trace, const struct trace_variant *variant,
		struct trace_counts *counts, struct error *err);

#endif
