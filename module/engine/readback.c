// SPDX-License-Identifier: GPL-2.0
#include "readback.h"

#include "oprows.h"
#include "reader.h"
#include "shape.h"

#define INT3	      0xcc
#define SETTLING_NOPS 16u
#define FRAME_JUMPS   2u /* into the first chunk, and to the epilogue */
#define OP_GROUP1     0x83
#define GROUP1_SUB    5
#define OP_MOV_IMM32  0xc7
#define OP_JNE	      0x85 /* after 0x0f */

/* A field of the context; @insn is what accesses it. */
static void read_context(struct swc_reader *r, struct swc_insn insn,
			 __u32 field)
{
	if (swc_read_insn(r, &insn))
		swc_want_mem(r, SWC_REG_NONE, SWC_REG_NONE,
			     r->binding->context + field);
}

static struct swc_insn move(__u8 opcode, bool wide, __u8 reg)
{
	return (struct swc_insn){.wide = wide, .opcode = opcode, .reg = reg};
}

static void read_timestamp(struct swc_reader *r, __u32 field, __u32 cpu_field)
{
	swc_read_these(r, "\x0f\x01\xf9", 3); /* rdtscp */
	read_context(r, move(SWC_OPCODE_STORE, false, SWC_REG_RCX), cpu_field);
	/* shl rdx, 32; or rax, rdx */
	swc_read_these(r, "\x48\xc1\xe2\x20\x48\x09\xd0", 7);
	read_context(r, move(SWC_OPCODE_STORE, true, SWC_REG_RAX), field);
}

/* "op reg, reg" */
static void read_same(struct swc_reader *r, __u8 opcode, bool wide, __u8 reg)
{
	struct swc_insn insn = move(opcode, wide, reg);

	if (swc_read_insn(r, &insn))
		swc_want_rm(r, reg);
}

/* The registers that an iteration begins with as zeros, RAX last. */
static void read_loop_head(struct swc_reader *r)
{
	__u32 keep = r->proof->zero_end & ~1u, reg = SWC_REG_R15 + 1;

	while (reg--) {
		if (SWC_GPR_MASK & ~keep & (1u << reg))
			read_same(r, SWC_OPCODE_XOR, false, reg);
	}
}

static void read_counter(struct swc_reader *r, __u32 field)
{
	read_context(r, move(OP_MOV_IMM32, false, 0), field);
	swc_want_imm(r, (__s32)r->binding->loop.iterations);
}

/* Return: offset of the loop's head. */
static __u32 read_prologue(struct swc_reader *r)
{
	const struct swc_loop *loop = &r->binding->loop;
	__u32 reg, head;

	if (r->binding->landing_pad)
		swc_read_these(r, "\xf3\x0f\x1e\xfa", 4); /* endbr64 */
	read_context(r, move(SWC_OPCODE_STORE, true, SWC_REG_RSP),
		     offsetof(struct swc_context, host_rsp));
	if (r->proof->program->entry_region != SWC_NO_REGION)
		swc_read_back(r);
	if (loop->iterations)
		read_counter(r, offsetof(struct swc_context, iterations));
	if (loop->iterations && loop->copies > 1)
		read_counter(r, offsetof(struct swc_context, iterations_again));
	swc_read_these(r, "\x0f\xae\xf0\x0f\xae\xe8", 6); /* mfence; lfence */
	read_timestamp(r, offsetof(struct swc_context, start),
		       offsetof(struct swc_context, start_cpu));
	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (SWC_GPR_MASK & (1u << reg))
			read_same(r, SWC_OPCODE_XOR, false, reg);
	}
	swc_read_these(r, "\x0f\xae\xe8", 3); /* lfence */
	head = r->at;
	if (loop->iterations)
		read_loop_head(r);
	return head;
}

/* Counts down, and leads to @to unless that was the last; 0: on in any case. */
static void read_count(struct swc_reader *r, __u32 field, __u32 to)
{
	struct swc_insn jne = {.escape = true, .opcode = OP_JNE};

	read_context(r, move(OP_GROUP1, false, GROUP1_SUB), field);
	swc_want_imm(r, 1);
	if (swc_read_insn(r, &jne))
		swc_want(r, r->at + (__u32)r->d.imm == (to ? to : r->at));
}

static void read_loop_tail(struct swc_reader *r, __u32 head)
{
	if (r->binding->loop.copies > 1) {
		read_count(r, offsetof(struct swc_context, iterations_again),
			   0);
		read_loop_head(r);
	}
	read_count(r, offsetof(struct swc_context, iterations), head);
}

static void read_epilogue(struct swc_reader *r)
{
	__u32 i;

	swc_read_these(r, "\x0f\xae\xe8", 3);
	for (i = 0; i < SETTLING_NOPS; i++)
		swc_read_these(r, "\x90", 1);
	swc_read_these(r, "\x0f\xae\xe8", 3);
	for (i = 0; i < r->binding->pedestal && !r->wrong; i++)
		read_same(r, SWC_OPCODE_ADD, true, SWC_REG_RAX);
	read_timestamp(r, offsetof(struct swc_context, end),
		       offsetof(struct swc_context, end_cpu));
	swc_read_these(r, "\x0f\xae\xe8", 3);
	read_context(r, move(SWC_OPCODE_LOAD, true, SWC_REG_RSP),
		     offsetof(struct swc_context, host_rsp));
	/* lea rbp, [rsp + SWC_ENTER_FRAME]; ret */
	swc_read_these(r, "\x48\x8d\x6c\x24\x30\xc3", 6);
}

/* RSP is what the verifier says. */
static void want_rsp(struct swc_reader *r)
{
	__u32 region = r->proved->sp_region;
	__u64 rsp = SWC_HOST_RSP;

	if (region != SWC_NO_REGION) {
		rsp = r->binding->region[region] + r->proved->sp_offset;
		swc_want(r, swc_in_region(r, region, rsp, 0));
	}
	swc_want(r, r->rsp == rsp);
}

static void read_op(struct swc_reader *r, __u32 i)
{
	r->index = i;
	r->op = &r->proof->program->ops[i];
	r->proved = &r->proof->ops[i];
	r->row = swc_op_traits(r->op->kind);
	swc_follow(r);
	want_rsp(r);
	r->begin = r->at;
	swc_read_turns(r);
	r->begin = r->at;
	if (swc_read_turned(r)) {
		swc_read_back_branch(r);
		return;
	}
	r->segment = swc_op_segment(r->op, r->proof->caps);
	if (swc_want(r, r->row))
		r->row->read(r);
	r->segment = 0;
}

/* Are those of @n bytes INT3 whose bit in @seen is 0? */
static bool is_filled(const __u8 *code, __u32 n, __u64 seen)
{
	const __u64 filler = INT3 * 0x0101010101010101ull;
	__u64 word;
	__u32 i;

	/* By words, if nothing is there: code laid out as recorded has large gaps. */
	for (i = 0; !seen && i + sizeof(word) <= n; i += sizeof(word)) {
		memcpy(&word, code + i, sizeof(word));
		if (word != filler)
			return false;
	}
	for (; i < n; i++) {
		if (!(seen >> i & 1) && code[i] != INT3)
			return false;
	}
	return true;
}

/* All that is no instruction is INT3. */
static void read_rest(struct swc_reader *r)
{
	__u32 left;

	for (r->at = 0; r->at < r->bytes; r->at += SWC_SEEN_BITS) {
		left = r->bytes - r->at;
		if (!swc_want(r, is_filled(r->code + r->at,
					   left < SWC_SEEN_BITS ? left
								: SWC_SEEN_BITS,
					   r->seen[r->at / SWC_SEEN_BITS])))
			return;
	}
}

/* With room for an instruction that begins at the last byte. */
static __u64 seen_bytes(__u32 bytes)
{
	return (bytes / SWC_SEEN_BITS + 2) * sizeof(__u64);
}

static __u64 resume_bytes(const struct swc_proof *proof)
{
	return (__u64)proof->nblocks * sizeof(struct swc_resume);
}

static __u64 aimed_bytes(const struct swc_proof *proof)
{
	return ((__u64)proof->program->nops + 1) * sizeof(__u32);
}

__u64 swc_readback_bytes(const struct swc_proof *proof, __u32 bytes)
{
	return 2 * seen_bytes(bytes) + resume_bytes(proof) +
	       aimed_bytes(proof) + swc_turns_bytes(proof);
}

bool swc_readback(const struct swc_proof *proof,
		  const struct swc_binding *binding, void *workspace,
		  const __u8 *code, __u32 bytes, __u32 *where)
{
	struct swc_reader r = {
		.proof = proof,
		.binding = binding,
		.code = code,
		.bytes = bytes,
		.rsp = SWC_HOST_RSP,
		.seen = workspace,
		.jumps = 2 * proof->program->nops + FRAME_JUMPS,
	};
	struct swc_turns *turns;
	__u32 i, head;

	r.begun = workspace + seen_bytes(bytes);
	r.resume = workspace + 2 * seen_bytes(bytes);
	r.aimed = (void *)r.resume + resume_bytes(proof);
	memset(r.seen, 0, 2 * seen_bytes(bytes));
	/* Each byte of SWC_NO_PLACE is the same. */
	memset(r.resume, 0xff, resume_bytes(proof));
	memset(r.aimed, 0xff, aimed_bytes(proof));
	turns = (void *)r.aimed + aimed_bytes(proof);
	r.nturns = swc_turns_find(proof, turns);
	r.turns = turns;

	head = read_prologue(&r);
	for (i = 0; i < proof->program->nops && !r.wrong; i++)
		read_op(&r, i);
	r.index = i;
	swc_read_turns(&r);
	swc_follow(&r);
	if (binding->loop.iterations)
		read_loop_tail(&r, head);
	read_epilogue(&r);
	if (!r.wrong)
		read_rest(&r);
	*where = r.at;
	return !r.wrong;
}
