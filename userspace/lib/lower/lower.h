/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWER_H
#define SWC_LIB_LOWER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/caps.h"
#include "sequence.h"
#include "trace.h"

/*
 * Lowering turns a recorded variant into a sequence. Each instruction becomes
 * at least one operation; nothing is dropped silently. Whatever isn't carried
 * over one to one is counted here, by kind.
 */
enum lower_deviation {
	LOWER_CALLER_CALL, /* added: the call that led into the recording */
	LOWER_SPLIT,	   /* added: one instruction became several ops */
	LOWER_CHUNKED,	   /* added: a large access became several */
	LOWER_INDIRECT,	   /* indirect call or jump became direct */
	LOWER_LOOP,	   /* a loop's jump back isn't taken: turns differ */
	LOWER_TLS,	   /* fs: or gs: became a plain address */
	LOWER_ADDRESS_REGISTER, /* a second address register was dropped */
	LOWER_BASE,		/* address dependency dropped: base not zero */
	LOWER_RENAMED,		/* ymm16 became ymm0, .. */
	LOWER_SP_SOURCE,	/* a value derived from rsp became a constant */
	LOWER_WIDTH,		/* the operand's width was changed */
	LOWER_CLASS,		/* another operation of similar latency */
	LOWER_COST,	     /* another one of another cost: fldcw, repe, .. */
	LOWER_UNLOCKED,	     /* misaligned lock prefix dropped */
	LOWER_RETURN,	     /* a return to elsewhere than its call */
	LOWER_SWITCH_SOURCE, /* RSP loaded from memory: load and switch */
	LOWER_ELIDED,	     /* became a nop: cpuid, rdtsc, prefetch, .. */
	LOWER_SYSCALL,	     /* a system call became a nop */
	LOWER_SP_ADDED, /* added: RSP moved otherwise than by its operation */
	LOWER_SHARED_PAGE, /* a page that two stacks share became two */
	LOWER_DEVIATIONS,
};

/**
 * struct lowering - what a lowering did
 * @instructions: of the variant
 * @ops: of the sequence; instructions plus the four kinds that are added
 * @count: by enum lower_deviation
 */
struct lowering {
	size_t instructions;
	size_t ops;
	size_t count[LOWER_DEVIATIONS];
};

/* lower_deviation_name() - a JSON key, like "caller_call". */
const char *lower_deviation_name(enum lower_deviation deviation);
/* lower_deviation_text() - the same in words. */
const char *lower_deviation_text(enum lower_deviation deviation);
/* lower_deviation_effect() - how it changes what is measured. */
const char *lower_deviation_effect(enum lower_deviation deviation);

/**
 * struct lower_details - which instruction each deviation is of
 * @count: by step of the variant, from 1; 0: the sequence as a whole. Their sum is
 *	that of struct lowering.
 * @nsteps: of the variant
 */
struct lower_details {
	int32_t (*count)[LOWER_DEVIATIONS];
	uint32_t nsteps;
};

/* lower_details_free() - harmless on an empty one. */
void lower_details_free(struct lower_details *details);

/**
 * struct lower_options - how to lower
 * @touch_only: one access for each that was recorded, and nothing else: no
 *	dependencies, arithmetic or control flow. It touches what the call
 *	touches, and says nothing about its cycles.
 * @details: filled, to be freed; NULL: not wanted
 */
struct lower_options {
	bool touch_only;
	struct lower_details *details;
};

/**
 * lower_variant() - lower one variant of a trace
 * @trace: the trace
 * @variant: of it
 * @caps: of the CPU that shall replay it
 * @s: filled; to be freed by sequence_free()
 * @lowering: what was done
 * @err: set on failure
 *
 * The result is accepted by the verifier. Return: 0, or -1 with @err set.
 */
int lower_variant(const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct swc_caps *caps, struct sequence *s,
		  struct lowering *lowering, struct error *err);

/* lower_variant_as() - the same with options. */
int lower_variant_as(const struct trace *trace,
		     const struct trace_variant *variant,
		     const struct swc_caps *caps,
		     const struct lower_options *options, struct sequence *s,
		     struct lowering *lowering, struct error *err);

#endif
