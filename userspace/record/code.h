/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_CODE_H
#define SWC_RECORD_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "lookup.h"
#include "textcache.h"
#include "traceformat.h"
#include "tracee.h"

/*
 * The instructions met so far, each decoded once; several at one address if the
 * program changes its code.
 */
struct code_insn {
	struct insn insn;
	uint8_t bytes[TRACE_MAX_INSN];
	bool shared; /* of one that is run over: other processes map it, too */
	int64_t trace_index; /* in the trace, -1: not there yet */
};

struct code {
	struct code_insn **list; /* pointers: entries must not move */
	size_t n;
	size_t capacity;
	struct lookup lookup;
	struct textcache text; /* stream.c knows when it is void */
};

/*
 * code_is_run_over() - is it run to its end instead of stepped? Stepping traps
 * after each iteration of a REP instruction. PUSHF pushes the trap flag, by which
 * the kernel steps. And after a step over POPF, the kernel takes the trap flag for
 * the program's own and never clears it (arch/x86/kernel/step.c).
 */
bool code_is_run_over(const struct insn *insn);

/*
 * code_at() - the instruction at @address of a stopped process, as it is now in
 * its memory, so the next step executes it. Return: its number in @code->list,
 * or -1 with @err set: it is unreadable or undecodable, or its accesses can't
 * be known.
 */
int64_t code_at(struct code *code, struct tracee *tracee, uint64_t address,
		struct error *err);
void code_free(struct code *code);

#endif
