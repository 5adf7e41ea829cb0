/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_PREPARE_H
#define SWC_ENGINE_PREPARE_H

#include "freestanding.h"

/* How caches and TLBs are brought into a state, in small steps. */
enum swc_step_kind {
	SWC_STEP_SWEEP, /* read @count places from @base, @stride bytes apart */
	SWC_STEP_CALL,	/* call them: each holds a RET */
	SWC_STEP_TOUCH, /* read each place of @list */
	SWC_STEP_FLUSH, /* CLFLUSH each */
	SWC_STEP_INVLPG, /* each; ring 0 only */
	SWC_STEP_CHASE, /* read @base, then the place it holds, @count in all */
	SWC_STEP_STEPS, /* carry out @steps, which are of the other kinds */
};

/**
 * struct swc_step - one step
 * @kind: enum swc_step_kind
 * @count: of places
 * @stride: bytes between them, for a sweep or calls
 * @base: address of the first, for a sweep, calls or a chase
 * @list: addresses otherwise
 * @steps: steps otherwise
 */
struct swc_step {
	__u32 kind;
	__u32 count;
	__u64 stride;
	__u64 base;
	union {
		const __u64 *list;
		const struct swc_step *steps;
	};
};

#define SWC_MAX_STEPS 12u

/**
 * struct swc_preparation - what happens between the last warm replay and the
 *	timed one
 * @steps: in this order
 * @nsteps: how many; 0: the replay finds things as the one before left them
 * @lasting: they take milliseconds, in which ring 3 is interrupted as often as not, as
 *	the program itself was: only what comes after them disturbs a sample
 */
struct swc_preparation {
	struct swc_step steps[SWC_MAX_STEPS];
	__u32 nsteps;
	bool lasting;
};

/**
 * swc_step_do() - carry out a single step
 *
 * It has taken effect on return, as swc_prepare()'s. A chase needs no list of
 * addresses, which itself would take room in the cache that is being filled;
 * but each read waits for the one before. Its places must hold addresses of
 * places.
 */
void swc_step_do(const struct swc_step *step);

/**
 * swc_prepare() - carry out a preparation
 *
 * All of it has taken effect on return: CLFLUSH is ordered by MFENCE (Intel SDM
 * vol. 2A, CLFLUSH), loads by LFENCE. Context: any, INVLPG needs ring 0.
 */
void swc_prepare(const struct swc_preparation *preparation);

/* swc_step_cycles() - upper bound of a step's time, core cycles. */
__u64 swc_step_cycles(const struct swc_step *step);

/* swc_prepare_cycles() - upper bound of its time, core cycles. */
__u64 swc_prepare_cycles(const struct swc_preparation *preparation);

#endif
