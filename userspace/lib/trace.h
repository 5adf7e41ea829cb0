/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TRACE_H
#define SWC_LIB_TRACE_H

#include <stddef.h>

#include "error.h"
#include "traceformat.h"

/*
 * A trace, mapped read-only. Every index, offset and string in it has been
 * checked by trace_open(), so that users may follow them without further care.
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

/* What one variant did; the counts of record --json. */
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

/* trace_entry_bytes() - the size of an entry of a section; 1 for text. */
uint32_t trace_entry_bytes(enum trace_section_type type);

/*
 * trace_syscalls() - the system calls of @variant. Return: the first of @n, in
 * the order they were made.
 */
const struct trace_syscall *trace_syscalls(const struct trace *trace,
					   const struct trace_variant *variant,
					   size_t *n);

/**
 * trace_count() - count what @variant did
 *
 * Return: 0, or -1 with @err set: no memory, or bytes that are no instruction.
 */
int trace_count(const struct trace *trace, const struct trace_variant *variant,
		struct trace_counts *counts, struct error *err);

/**
 * trace_field_name() - describe an access: "m.locks", "gstack+0x40"
 *
 * Return: @buffer, of which at most @bytes are written.
 */
const char *trace_field_name(const struct trace *trace,
			     const struct trace_access *access, char *buffer,
			     size_t bytes);

#endif
