/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACECHECK_H
#define SWC_LIB_TRACECHECK_H

#include "error.h"
#include "trace.h"

/* Checks that the contents of a trace's sections fit together. */

/* All damage ends the same way: there is nothing to repair in a recording. */
#define DAMAGED(trace, err, fmt, ...)                                       \
	error_set(err, EXIT_USAGE, "%s: damaged: " fmt "; record it again", \
		  (trace)->path, ##__VA_ARGS__)

/*
 * trace_check() - check each entry of a trace whose sections are in place.
 * Return: 0, or -1 with @err set: following an index of it might lead astray.
 */
int trace_check(const struct trace *trace, struct error *err);

#endif
