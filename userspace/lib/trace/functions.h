/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_FUNCTIONS_H
#define SWC_LIB_FUNCTIONS_H

#include <stddef.h>

#include "error.h"
#include "trace.h"

/* The counts of a variant in one function, callees not included. */
struct function_counts {
	const char *name; /* the trace's */
	size_t instructions;
	size_t loads;
	size_t stores;
};

/**
 * functions_count() - count a variant's work by function
 * @list: a new array in order of first execution; to be freed
 * @n: its length
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int functions_count(const struct trace *trace,
		    const struct trace_variant *variant,
		    struct function_counts **list, size_t *n,
		    struct error *err);

#endif
