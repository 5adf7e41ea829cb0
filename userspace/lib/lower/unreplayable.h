/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_UNREPLAYABLE_H
#define SWC_LIB_UNREPLAYABLE_H

#include "decode.h"
#include "error.h"
#include "notreplayed.h"
#include "trace.h"

/**
 * unreplayable_kind() - the part of an instruction that a replay can't have
 * @insn: decoded
 * @accesses: of one execution
 * @n: their number
 *
 * Return: an enum notreplayed_kind, or -1: it is replayed, by operations of its
 * own or of about its cost.
 */
int unreplayable_kind(const struct insn *insn,
		      const struct trace_access *accesses, unsigned int n);

/**
 * unreplayable_count() - count the instructions of a variant that a replay
 * won't have
 * @trace: the trace
 * @variant: of it
 * @found: filled
 * @err: set on failure
 *
 * It needs no lowering, so it works even if that isn't possible.
 * NOTREPLAYED_STATE, which only the lowering finds, isn't among them; the
 * sequence has it.
 *
 * Return: 0, or -1 with @err set: a damaged trace, no memory.
 */
int unreplayable_count(const struct trace *trace,
		       const struct trace_variant *variant,
		       struct notreplayed *found, struct error *err);

#endif
