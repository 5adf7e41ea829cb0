/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACEFILE_H
#define SWC_LIB_TRACEFILE_H

#include "error.h"
#include "trace.h"

/**
 * trace_open() - map and check @path
 *
 * On failure @trace is empty and needs no trace_close().
 *
 * Return: 0, or -1 with @err set, always EXIT_USAGE: the file is at fault.
 */
int trace_open(struct trace *trace, const char *path, struct error *err);

/* trace_close() - unmap. Harmless on an empty trace, and when repeated. */
void trace_close(struct trace *trace);

/* trace_checksum() - the checksum that a file of these bytes must carry. */
uint64_t trace_checksum(const void *file, size_t bytes);

/* trace_entry_bytes() - the size of an entry of a section; 1 for text. */
uint32_t trace_entry_bytes(enum trace_section_type type);

#endif
