/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_CODE_H
#define SWC_RECORD_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "lookup.h"
#include "traceformat.h"
#include "tracee.h"

/* The instructions met so far, each read from the process and decoded once. */
struct code_insn {
	struct insn insn;
	uint8_t bytes[TRACE_MAX_INSN];
	int64_t trace_index; /* in the trace, -1: not there yet */
};

struct code {
	struct code_insn **list; /* pointers: entries must not move */
	size_t n;
	size_t capacity;
	struct lookup lookup;
};

/*
 * code_at() - the instruction at @address of a stopped process. Return: its
 * number in @code->list, or -1 with @err set: unreadable, undecodable, or one
 * whose accesses cannot be told.
 */
int64_t code_at(struct code *code, struct tracee *tracee, uint64_t address,
		struct error *err);
void code_free(struct code *code);

#endif
