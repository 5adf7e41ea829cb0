// SPDX-License-Identifier: GPL-2.0
#include "world.h"

#include "engine/emit.h"
#include "engine/shape.h"

/*
 * Effects of the instructions that an operation is emitted as (Intel SDM vol. 2), as far as
 * zeros, RSP and return addresses go. Of the flags there is ZF alone, which is what JE
 * and CMOVE look at.
 */

#define IMMEDIATE 0 /* of each operation that has one */

static __u64 low(__u64 value, __u32 bytes)
{
	return bytes < 8 ? value & ((1ull << 8 * bytes) - 1) : value;
}

static __u64 get(const struct world *w, __u8 reg)
{
	return reg == SWC_REG_NONE ? IMMEDIATE : w->reg[reg];
}

/* 4 bytes clear what lies above, 1 and 2 leave it. */
static void set(struct world *w, __u8 reg, __u64 value, __u32 bytes)
{
	__u64 rest = bytes < 4 ? w->reg[reg] - low(w->reg[reg], bytes) : 0;

	w->reg[reg] = rest | low(value, bytes);
}

static void flags(struct world *w, __u64 result, __u32 bytes)
{
	w->zf = !low(result, bytes);
}

/*
 * The operand's address leads to its place. The displacement is the place's, for an
 * address that is relative to RSP less what RSP is known to be.
 */
static void operand(const struct world *w, const struct swc_op *op,
		    const struct known *known, __u32 skip)
{
	__u64 place = w->address[op->region] + op->offset + skip;
	bool segment = swc_op_segment(op, &w->caps);
	__u64 disp = place, address;

	if (op->base == SWC_REG_RSP)
		disp -= w->address[known->sp_region] + known->sp_offset;
	if (segment)
		disp -= SWC_SEGMENT_BASE;
	address = get(w, op->base) + get(w, op->index) +
		  (__u64)(__s64)(__s32)disp + (segment ? SWC_SEGMENT_BASE : 0);
	PROVE(address == place, "an address leads to its place");
}

static void registers(struct world *w, const struct swc_op *op)
{
	__u64 src = get(w, op->src), dst = get(w, op->dst);

	switch (op->kind) {
	case SWC_OP_CHAIN: /* additions to itself */
		set(w, op->dst, op->imm < 64 ? dst << op->imm : 0, 8);
		flags(w, w->reg[op->dst], 8);
		break;
	case SWC_OP_IMM: /* MOV, or XOR */
		set(w, op->dst, 0, 8);
		w->zf |= nondet_bool();
		break;
	case SWC_OP_MOV:
		set(w, op->dst, src, op->size);
		break;
	case SWC_OP_ALU:
		set(w, op->dst, dst + src, op->size);
		flags(w, dst + src, op->size);
		break;
	case SWC_OP_MUL:
		set(w, op->dst, dst * src, op->size);
		w->zf = nondet_bool();
		break;
	case SWC_OP_CMOV:
		set(w, op->dst, w->zf ? src : dst, op->size);
		break;
	case SWC_OP_TEST: /* CMP, or TEST of it with itself */
		flags(w, dst - src, op->size);
		break;
	}
}

/* LEA; from RSP less what RSP is known to be, but for one address. */
static void lea(struct world *w, const struct swc_op *op,
		const struct known *known)
{
	__u64 sum = get(w, op->src) + get(w, op->base);
	__u32 sp;

	if (op->src == SWC_REG_RSP) {
		sp = w->address[known->sp_region] + known->sp_offset;
		if (sp == 0x80000000u)
			sum = get(w, op->base);
		else
			sum += (__u64)(__s64)(__s32)-sp;
	}
	set(w, op->dst, sum, op->size);
}

/* NOT of the divisor, DIV, NOT. */
static void divide(struct world *w, const struct swc_op *op)
{
	__u64 divisor = low(~w->reg[op->src], op->size);
	__u64 dividend = low(w->reg[SWC_REG_RAX], op->size);

	PROVE(divisor == low(~0ull, op->size), "a divisor is the largest");
	PROVE(!low(w->reg[SWC_REG_RDX], op->size), "a quotient fits");
	set(w, SWC_REG_RAX, dividend == divisor, op->size);
	set(w, SWC_REG_RDX, dividend == divisor ? 0 : dividend, op->size);
	set(w, op->src, ~divisor, op->size);
	w->zf = nondet_bool();
}

static void memory(struct world *w, const struct swc_op *op)
{
	__u64 src = get(w, op->src), dst = get(w, op->dst);
	__u64 old = world_load(w, op->region, op->offset, op->size);

	switch (op->kind) {
	case SWC_OP_LOAD: /* MOV, MOVZX */
		set(w, op->dst, old, 8);
		break;
	case SWC_OP_STORE:
		world_store(w, op->region, op->offset, src, op->size);
		break;
	case SWC_OP_ALULOAD:
		set(w, op->dst, dst + old, op->size);
		flags(w, dst + old, op->size);
		break;
	case SWC_OP_TESTLOAD:
		flags(w, old - src, op->size);
		break;
	case SWC_OP_RMW:
		world_store(w, op->region, op->offset, old + src, op->size);
		flags(w, old + src, op->size);
		break;
	case SWC_OP_XADD:
		set(w, op->dst, old, op->size);
		world_store(w, op->region, op->offset, old + dst, op->size);
		flags(w, old + dst, op->size);
		break;
	case SWC_OP_XCHG:
		set(w, op->dst, old, op->size);
		world_store(w, op->region, op->offset, dst, op->size);
		break;
	case SWC_OP_CMPXCHG:
		flags(w, w->reg[SWC_REG_RAX] - old, op->size);
		if (w->zf)
			world_store(w, op->region, op->offset, src, op->size);
		else
			set(w, SWC_REG_RAX, old, op->size);
		break;
	}
}

/* A lane of a vector register, whose content @known has. */
static __u64 get_lane(const struct world *w, const struct known *known,
		      __u8 reg, __u32 lane)
{
	__u64 other = nondet_u64();

	ASSUME(!other || known->vectors.zero[reg] <= 8 * lane);
	return lane == w->lane ? w->vector[reg] : other;
}

/*
 * SSE leaves what lies above what it writes; VEX and EVEX clear it. @value is that of the
 * lane that is followed.
 */
static void vector_set(struct world *w, __u8 reg, __u64 value, __u32 bytes)
{
	if (8 * w->lane < (bytes < 16 ? 16 : bytes))
		w->vector[reg] = value;
	else if (w->caps.avx)
		w->vector[reg] = 0;
}

static void vectors(struct world *w, const struct swc_op *op,
		    const struct known *known)
{
	__u64 a, b;
	__u32 i;

	switch (op->kind) {
	case SWC_OP_VALU: /* PXOR */
	case SWC_OP_VMUL: /* PMULUDQ */
		a = w->vector[op->dst];
		b = w->vector[op->src];
		vector_set(w, op->dst,
			   op->kind == SWC_OP_VALU ? a ^ b
						   : (__u32)a * (__u64)(__u32)b,
			   op->size);
		break;
	case SWC_OP_VGET: /* MOVD, MOVQ */
		set(w, op->dst, get_lane(w, known, op->src, 0), op->size);
		break;
	case SWC_OP_VPUT:
		a = low(w->reg[op->src], op->size);
		vector_set(w, op->dst, w->lane ? 0 : a, op->size);
		break;
	case SWC_OP_VZERO: /* VZEROUPPER */
		for (i = 0; i < REGISTERS; i++)
			w->vector[i] = w->lane >= 2 ? 0 : w->vector[i];
		break;
	}
}

/* Zeros are stored, or anything. */
static void store_some(struct world *w, const struct swc_op *op, __u32 bytes,
		       bool zeros)
{
	__u64 touched, any;
	__u32 i;

	for (i = 0; i < SLOTS; i++) {
		touched = world_bytes(w, i, op->region, op->offset, bytes);
		any = nondet_u64();
		w->word[i] = (w->word[i] & ~touched) |
			     (zeros ? 0 : any & touched);
	}
}

/*
 * MOVD, MOVQ, MOVUPS and the like; the first two clear what lies above. Of a register that
 * isn't known to be 0 anything may be stored.
 */
static void vector_memory(struct world *w, const struct swc_op *op,
			  const struct known *known)
{
	__u32 part = op->size < 8 ? op->size : 8;
	__u64 value;

	if (op->kind == SWC_OP_VSTORE) {
		store_some(w, op, op->size,
			   known->vectors.zero[op->src] >= op->size);
		return;
	}
	value = world_load(w, op->region, op->offset + 8 * w->lane, part);
	vector_set(w, op->dst, 8 * w->lane < op->size ? value : 0, op->size);
}

/*
 * Several MOVs, of 8 bytes each, to slots or from them. Each counts its own address, by
 * registers that none of them changes.
 */
static void sets(struct world *w, const struct swc_op *op,
		 const struct known *known)
{
	__u32 slot = op->offset / SWC_SLOT_BYTES - w->first_slot, n = 0;
	__u32 reg, one = nondet_u32();

	PROVE(!(op->offset % SWC_SLOT_BYTES), "sets are in slots");
	for (reg = 0; reg < REGISTERS; reg++) {
		if (!(op->imm >> reg & 1))
			continue;
		if (op->kind == SWC_OP_SAVE)
			w->word[slot + n] = w->reg[reg];
		else
			w->reg[reg] = w->word[slot + n];
		n++;
	}
	ASSUME(one < n);
	operand(w, op, known, one * SWC_SLOT_BYTES);
}

/* REP STOS. */
static void fill(struct world *w, const struct swc_op *op)
{
	__u32 turn = 8 * (op->offset % SWC_SLOT_BYTES), i;
	__u64 pattern = low(w->reg[SWC_REG_RAX], op->size), touched;

	for (i = 1; i < 8; i *= 2)
		pattern |= i < op->size ? 0 : pattern << 8 * i;
	pattern = turn ? pattern << turn | pattern >> (64 - turn) : pattern;
	for (i = 0; i < SLOTS; i++) {
		touched = world_bytes(w, i, op->region, op->offset, op->imm);
		w->word[i] = (w->word[i] & ~touched) | (pattern & touched);
	}
}

/*
 * REP MOVS, less exact: zeros remain zeros, wherever they are copied to, and of anything
 * else may come anything.
 */
static void copy(struct world *w, const struct swc_op *op)
{
	bool zeros = true;
	__u32 i;

	for (i = 0; i < SLOTS; i++)
		zeros &= !(w->word[i] &
			   world_bytes(w, i, SWC_FROM_REGION(op->from),
				       SWC_FROM_OFFSET(op->from), op->imm));
	store_some(w, op, op->imm, zeros);
	w->reg[SWC_REG_RSI] = 0;
}

static void string(struct world *w, const struct swc_op *op,
		   const struct known *known)
{
	operand(w, op, known, 0);
	if (op->kind == SWC_OP_FILL)
		fill(w, op);
	else
		copy(w, op);
	w->reg[SWC_REG_RCX] = 0;
	w->reg[SWC_REG_RDI] = 0;
}

/* RSP, as an offset in the region that it is known to be in. */
static __u32 top(const struct world *w, const struct known *known)
{
	return w->reg[SWC_REG_RSP] - w->address[known->sp_region];
}

static void push(struct world *w, const struct known *known, __u64 value)
{
	w->reg[SWC_REG_RSP] -= 8;
	world_store(w, known->sp_region, top(w, known), value, 8);
}

static __u64 pop(struct world *w, const struct known *known)
{
	__u64 value = world_load(w, known->sp_region, top(w, known), 8);

	w->reg[SWC_REG_RSP] += 8;
	return value;
}

/* The pointer is where the addition of the operand's registers doesn't lead away from. */
static void pointer(const struct world *w, const struct swc_op *op)
{
	if (swc_op_is_indirect(op))
		PROVE(!(get(w, op->base) + get(w, op->index)),
		      "a pointer is read from its place");
}

static void call(struct world *w, const struct swc_op *op,
		 const struct known *known)
{
	pointer(w, op);
	push(w, known,
	     op->flags & SWC_OPF_NEXT ? nondet_u64()
				      : code_after(known->block));
}

/* A return finds the address of what the emitter puts next. */
static void ret(struct world *w, const struct known *known)
{
	__u64 to = pop(w, known);
	__u32 k;

	if (w->m.block < known->nblocks) {
		PROVE(to == code_after(w->m.block),
		      "a return leads to the end of its block");
		return;
	}
	for (k = 0; k < OPS; k++) {
		if (to == code_of_aim(k)) {
			PROVE(w->ops[k].leads == w->index + 1,
			      "an AIM leads after the return that finds it");
			return;
		}
	}
	PROVE(false, "a return leads where an AIM says");
}

static void aim(struct world *w, const struct swc_op *op,
		const struct known *known)
{
	__u32 leads = w->ops[w->index].leads;
	__u64 to = leads & SWC_LEADS_BACK ? code_after(leads & ~SWC_LEADS_BACK)
					  : code_of_aim(w->index);

	w->reg[op->dst] = to + get(w, op->src);
	operand(w, op, known, 0);
	world_store(w, op->region, op->offset, w->reg[op->dst], 8);
	w->reg[op->dst] = 0;
}

static void stack(struct world *w, const struct swc_op *op,
		  const struct known *known)
{
	__u32 entry = w->program.entry_region;
	__u64 *rsp = &w->reg[SWC_REG_RSP];

	switch (op->kind) {
	case SWC_OP_PUSH:
		push(w, known, get(w, op->src));
		break;
	case SWC_OP_POP:
		w->reg[op->dst] = pop(w, known);
		break;
	case SWC_OP_SP: /* ADD, of a sign-extended immediate */
		*rsp += (__s64)(__s32)op->imm;
		w->zf = nondet_bool();
		break;
	case SWC_OP_ALIGN: /* AND, of a sign-extended byte */
		*rsp &= (__u64)(__s64)(__s8)-op->imm;
		w->zf = nondet_bool();
		break;
	case SWC_OP_SWITCH: /* LEA, or a load of the host's */
		if (!(op->flags & SWC_OPF_BACK)) {
			operand(w, op, known, 0);
			*rsp = w->address[op->region] + op->offset;
		} else if (entry == SWC_NO_REGION) {
			*rsp = w->host_rsp;
		} else {
			*rsp = w->address[entry] + w->program.entry_offset;
		}
		break;
	}
}

void cpu_execute(struct world *w, const struct swc_op *op,
		 const struct known *known)
{
	switch (op->kind) {
	case SWC_OP_LEA:
		lea(w, op, known);
		break;
	case SWC_OP_DIV:
		divide(w, op);
		break;
	case SWC_OP_LOAD:
	case SWC_OP_STORE:
	case SWC_OP_ALULOAD:
	case SWC_OP_TESTLOAD:
	case SWC_OP_RMW:
	case SWC_OP_CMPXCHG:
	case SWC_OP_XADD:
	case SWC_OP_XCHG:
		operand(w, op, known, 0);
		memory(w, op);
		break;
	case SWC_OP_VLOAD:
	case SWC_OP_VSTORE:
		operand(w, op, known, 0);
		vector_memory(w, op, known);
		break;
	case SWC_OP_CLFLUSH:
	case SWC_OP_PREFETCH:
	case SWC_OP_INVLPG:
		operand(w, op, known, 0);
		break;
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
		sets(w, op, known);
		break;
	case SWC_OP_FILL:
	case SWC_OP_COPY:
		string(w, op, known);
		break;
	case SWC_OP_CALL:
		call(w, op, known);
		break;
	case SWC_OP_RET:
		ret(w, known);
		break;
	case SWC_OP_AIM:
		aim(w, op, known);
		break;
	case SWC_OP_JUMP:
		pointer(w, op);
		break;
	default:
		registers(w, op);
		vectors(w, op, known);
		stack(w, op, known);
	}
}
