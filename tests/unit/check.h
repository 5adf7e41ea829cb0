/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_CHECK_H
#define SWC_TESTS_CHECK_H

#include "engine/emit.h"

/**
 * check_code() - have another decoder (Zydis) judge emitted code
 * @program: that was verified and emitted
 * @caps: it was verified for
 * @binding: it was emitted for
 * @code: the emitted bytes
 * @bytes: how much
 *
 * Follows the code from its entry to the last return, as the CPU would with
 * every address base holding 0. The running test fails unless each operation
 * became the instructions, operands and addresses it stands for, and every
 * access stays in a region or the context. It also fails unless each return
 * finds a call's return address, an open end has its epilogue after the last
 * operation, and all other bytes are INT3.
 */
void check_code(const struct swc_program *program, const struct swc_caps *caps,
		const struct swc_binding *binding, const __u8 *code,
		__u32 bytes);

/*
 * check_code_lines() - likewise, and set in @lines the bit of each line of the
 * regions that an instruction accesses: a word a page, region after region,
 * all zero before.
 */
void check_code_lines(const struct swc_program *program,
		      const struct swc_caps *caps,
		      const struct swc_binding *binding, const __u8 *code,
		      __u32 bytes, __u64 *lines);

/**
 * struct check_step - an instruction that a replay comes by
 * @at: offset in the code
 * @op: of which operation, or CHECK_FRAME: of what is around them and between
 * @repeats: it has a REP prefix
 * @jumps: it is a jump that is always taken
 */
struct check_step {
	__u32 at;
	__u32 op;
	bool repeats;
	bool jumps;
};

#define CHECK_FRAME 0xffffffffu

/* Steps in the order of execution, as many as there is room for. */
struct check_list {
	struct check_step *steps;
	__u32 n;
	__u32 room;
};

/*
 * check_code_list() - likewise, and list the instructions. Behind a branch that is
 * recorded as taken there may be a jump to where it leads, which is listed, too.
 */
void check_code_list(const struct swc_program *program,
		     const struct swc_caps *caps,
		     const struct swc_binding *binding, const __u8 *code,
		     __u32 bytes, struct check_list *list);

/* Returns that a predictor without limits sends the right way, and the wrong. */
struct predicted {
	__u32 right;
	__u32 wrong;
};

/* check_predicted() - those of the code that was checked last. */
struct predicted check_predicted(void);

#endif
