// SPDX-License-Identifier: GPL-2.0
#include "loop.h"

#include "emit.h"
#include "shape.h"

#define OP_GROUP1_IMM8 0x83
#define GROUP1_SUB     5
#define OP_MOV_IMM32   0xc7
#define OP_JNE	       0x85 /* after 0x0f */

/* The loop's own instructions take so many core cycles at most. */
#define LOOP_CYCLES 40u

__u32 swc_loop_iterations(const struct swc_proof *proof, __u32 wanted)
{
	const struct swc_cost *first = &proof->bound.first;
	const struct swc_cost *again = &proof->bound.again;
	__u64 left = SWC_MAX_CYCLES - (first->core + first->memory);
	__u32 most = 1 + left / (again->core + again->memory + LOOP_CYCLES);

	return wanted < most ? wanted : most;
}

static struct swc_mem counter(__u64 context, __u32 field)
{
	return (struct swc_mem){.base = SWC_REG_NONE,
				.disp = (__s32)(context + field)};
}

static void put_set(__u64 context, __u32 field, __u32 value,
		    struct swc_code *code)
{
	struct swc_insn store = {.opcode = OP_MOV_IMM32};
	struct swc_mem mem = counter(context, field);

	swc_put_mem(code, &store, &mem);
	swc_put_u32(code, value);
}

void swc_loop_begin(const struct swc_loop *loop, __u64 context,
		    struct swc_code *code)
{
	put_set(context, offsetof(struct swc_context, iterations),
		loop->iterations, code);
	if (loop->copies > 1)
		put_set(context, offsetof(struct swc_context, iterations_again),
			loop->iterations, code);
}

/*
 * Zeroes the registers that may hold something else after the last operation. A
 * register that is proved to hold 0 keeps its dependency on the iteration before,
 * as it does in a program that calls in a loop. RAX is always zeroed, so that after
 * the counter the flags are those of a zero.
 */
void swc_loop_head(const struct swc_proof *proof, struct swc_code *code)
{
	__u32 reg = SWC_REG_R15 + 1;

	while (reg--) {
		if (!(SWC_GPR_MASK & (1u << reg)))
			continue;
		if (reg == SWC_REG_RAX || !(proof->zero_end & (1u << reg)))
			swc_put_rr(code, SWC_OPCODE_XOR, 4, reg, reg);
	}
}

/* Count down, and jump unless that was the last, by @to from the jump's end. */
static void put_count(__u64 context, __u32 field, __s32 to,
		      struct swc_code *code)
{
	struct swc_insn sub = {.opcode = OP_GROUP1_IMM8, .reg = GROUP1_SUB};
	struct swc_mem mem = counter(context, field);

	swc_put_mem(code, &sub, &mem);
	swc_put_u8(code, 1);
	swc_put_u8(code, 0x0f);
	swc_put_u8(code, OP_JNE);
	swc_put_u32(code, to);
}

void swc_loop_tail(const struct swc_loop *loop, const struct swc_proof *proof,
		   __u64 context, struct swc_code *code, __s32 back)
{
	struct swc_code count = {.bytes = NULL, .capacity = 0, .used = 0};
	__u32 start = code->used;

	if (loop->copies > 1) {
		/* The same once more; its jump leads to what follows it. */
		put_count(context,
			  offsetof(struct swc_context, iterations_again), 0,
			  code);
		swc_loop_head(proof, code);
	}
	put_count(context, 0, 0, &count);
	back -= (__s32)(code->used - start + count.used);
	put_count(context, offsetof(struct swc_context, iterations), back,
		  code);
}
