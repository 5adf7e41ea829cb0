/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACE_H
#define SWC_LIB_TRACE_H

#include <stddef.h>

#include "traceformat.h"

/*
 * A trace, mapped read-only. Every index, offset and string in it has been
 * checked by trace_open() in tracefile.h, so that users may follow them without further care.
 */
struct trace {
	const char *path; /* the caller's, must outlive the trace */
	void *map;
	size_t bytes;

	const char *meta;
	size_t meta_bytes;
	const char *strings;
	size_t string_bytes;
	const struct trace_insn *insns;
	size_t ninsns;
	const struct trace_region *regions;
	size_t nregions;
	const struct trace_field *fields;
	size_t nfields;
	const struct trace_variant *variants; /* most frequent first */
	size_t nvariants;
	const struct trace_step *steps;
	size_t nsteps;
	const struct trace_access *accesses;
	size_t naccesses;
	const struct trace_syscall *syscalls; /* by step, ascending */
	size_t nsyscalls;
	const struct trace_touched *working; /* by address, data before code */
	size_t nworking;
};

/* trace_string() - the string at @offset of the STRINGS section. */
const char *trace_string(const struct trace *trace, uint32_t offset);

/**
 * trace_meta() - the value of @key in the META section
 *
 * Return: @buffer with the value, cut to @bytes, or NULL: there is no such key.
 */
const char *trace_meta(const struct trace *trace, const char *key, char *buffer,
		       size_t bytes);

/*
 * trace_meta_number() - the number that @key has in the META section. Return:
 * 0, or -1: there is no such key, or no such number.
 */
int trace_meta_number(const struct trace *trace, const char *key,
		      uint64_t *number);

/*
 * trace_syscalls() - the system calls of @variant. Return: the first of @n, in
 * the order they were made.
 */
const struct trace_syscall *trace_syscalls(const struct trace *trace,
					   const struct trace_variant *variant,
					   size_t *n);

/**
 * trace_field_name() - describe an access: "m.locks", "gstack+0x40"
 *
 * Return: @buffer, of which at most @bytes are written.
 */
const char *trace_field_name(const struct trace *trace,
			     const struct trace_access *access, char *buffer,
			     size_t bytes);

#endif
