// SPDX-License-Identifier: GPL-2.0
#include "emitframe.h"

#include "emitop.h"
#include "shape.h"

#define INT3 0xcc

static struct swc_mem context_field(const struct swc_binding *binding,
				    __u32 offset)
{
	return swc_absolute(binding->context + offset);
}

static void put_lfence(struct swc_code *c)
{
	swc_put(c, "\x0f\xae\xe8", 3);
}

/* Time stamp: EDX:EAX to @field, ECX (TSC_AUX: the CPU) to @cpu_field. */
static void put_timestamp(const struct swc_binding *binding, struct swc_code *c,
			  __u32 field, __u32 cpu_field)
{
	struct swc_insn store = {.opcode = SWC_OPCODE_STORE,
				 .reg = SWC_REG_RCX};
	struct swc_mem mem = context_field(binding, cpu_field);

	swc_put(c, "\x0f\x01\xf9", 3); /* rdtscp */
	swc_put_mem(c, &store, &mem);
	swc_put(c, "\x48\xc1\xe2\x20", 4); /* shl rdx, 32 */
	swc_put(c, "\x48\x09\xd0", 3);	   /* or rax, rdx */
	store.wide = true;
	store.reg = SWC_REG_RAX;
	mem = context_field(binding, field);
	swc_put_mem(c, &store, &mem);
}

__u32 swc_emit_prologue(const struct swc_proof *proof,
			const struct swc_binding *binding, struct swc_code *c)
{
	struct swc_site site = {
		.code = c,
		.proof = proof,
		.binding = binding,
	};
	struct swc_insn store = {
		.wide = true,
		.opcode = SWC_OPCODE_STORE,
		.reg = SWC_REG_RSP,
	};
	struct swc_mem mem =
		context_field(binding, offsetof(struct swc_context, host_rsp));
	__u32 reg, head;

	if (binding->landing_pad)
		swc_put(c, "\xf3\x0f\x1e\xfa", 4); /* endbr64 */
	swc_put_mem(c, &store, &mem);
	if (proof->program->entry_region != SWC_NO_REGION)
		swc_emit_back(&site);
	if (binding->loop.iterations)
		swc_loop_begin(&binding->loop, binding->context, c);
	/*
	 * MFENCE: stores of the host's loop leave the store buffer before the
	 * clock starts. LFENCE: RDTSCP starts only when all before it is done.
	 */
	swc_put(c, "\x0f\xae\xf0\x0f\xae\xe8", 6);
	put_timestamp(binding, c, offsetof(struct swc_context, start),
		      offsetof(struct swc_context, start_cpu));
	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (SWC_GPR_MASK & (1u << reg))
			swc_put_rr(c, SWC_OPCODE_XOR, 4, reg,
				   reg); /* xor reg, reg */
	}
	/* Nothing of the sequence starts before the clock. */
	put_lfence(c);
	head = c->used;
	if (binding->loop.iterations)
		swc_loop_head(proof, c);
	return head;
}

/* No-ops between the two fences: at least two groups of any core's allocation. */
#define SETTLING_NOPS 16u

/*
 * The measured part ends here. LFENCE waits until each operation has completed,
 * whatever it feeds, so nothing hides under what follows. Exactly when it lets the
 * rest go depends by a cycle or two on what stood before: on its slot in the group
 * that is allocated at once, and on how full the scheduler was. (On Golden Cove,
 * whose scheduler has 97 entries, chains of 92 to 120 additions took 1.9 cycles
 * more.) A second LFENCE, a few no-ops later, finds the same state each time;
 * chains of 2 to 400 additions then lie within 0.1 cycles of a line.
 *
 * The pedestal follows: dependent additions, as many for every arm of a round. They
 * spread the second reading over all phases of the TSC's own clock. They stand
 * after the sequence, since before it they would hide the fetching of cold code.
 */
static void put_pedestal(const struct swc_binding *binding, struct swc_code *c)
{
	__u32 i;

	put_lfence(c);
	for (i = 0; i < SETTLING_NOPS; i++)
		swc_put_u8(c, 0x90);
	put_lfence(c);
	for (i = 0; i < binding->pedestal; i++)
		swc_put_rr(c, SWC_OPCODE_ADD, 8, SWC_REG_RAX, SWC_REG_RAX);
}

/* RBP = RSP + SWC_ENTER_FRAME: as swc_enter() had it. */
static void put_frame(struct swc_code *c)
{
	struct swc_insn lea = {
		.wide = true,
		.opcode = SWC_OPCODE_LEA,
		.reg = SWC_REG_RBP,
	};
	struct swc_mem mem = {.base = SWC_REG_RSP, .disp = SWC_ENTER_FRAME};

	swc_put_mem(c, &lea, &mem);
}

void swc_emit_epilogue(const struct swc_binding *binding, struct swc_code *c)
{
	struct swc_insn load = {
		.wide = true,
		.opcode = SWC_OPCODE_LOAD,
		.reg = SWC_REG_RSP,
	};
	struct swc_mem mem =
		context_field(binding, offsetof(struct swc_context, host_rsp));

	put_pedestal(binding, c);
	/* RDTSCP waits until all before it is done, LFENCE holds what follows. */
	put_timestamp(binding, c, offsetof(struct swc_context, end),
		      offsetof(struct swc_context, end_cpu));
	put_lfence(c);
	swc_put_mem(c, &load, &mem);
	put_frame(c);
	swc_put_u8(c, 0xc3);
	swc_put_u8(c, INT3); /* no straight-line speculation past the return */
}
