// SPDX-License-Identifier: GPL-2.0
#include "decode.h"

#include <cpuid.h>
#include <string.h>

#include "traceformat.h"

#define EFLAGS_DIRECTION (1u << 10)

/* The part of an XSAVE area that is always there (Intel SDM vol. 1, 13.4). */
#define XSAVE_LEGACY_BYTES 512u
#define XSAVE_HEADER_BYTES 64u

static bool is_xsave(ZydisMnemonic mnemonic, bool *compacted)
{
	*compacted = false;
	switch (mnemonic) {
	case ZYDIS_MNEMONIC_XSAVEC:
	case ZYDIS_MNEMONIC_XSAVEC64:
	case ZYDIS_MNEMONIC_XSAVES:
	case ZYDIS_MNEMONIC_XSAVES64:
		*compacted = true;
		return true;
	case ZYDIS_MNEMONIC_XSAVE:
	case ZYDIS_MNEMONIC_XSAVE64:
	case ZYDIS_MNEMONIC_XSAVEOPT:
	case ZYDIS_MNEMONIC_XSAVEOPT64:
	case ZYDIS_MNEMONIC_XRSTOR:
	case ZYDIS_MNEMONIC_XRSTOR64:
	case ZYDIS_MNEMONIC_XRSTORS:
	case ZYDIS_MNEMONIC_XRSTORS64:
		return true;
	default:
		return false;
	}
}

/*
 * The extent of an XSAVE area for the components in @mask. XRSTOR may meet a
 * compacted image, which is shorter; only the image would show that, so the
 * extent here is an upper bound.
 */
static uint64_t xsave_bytes(uint64_t mask, bool compacted)
{
	uint64_t end = XSAVE_LEGACY_BYTES + XSAVE_HEADER_BYTES;
	unsigned int size, offset, flags, unused, i;
	unsigned int enabled_low, enabled_high;

	if (!__get_cpuid_count(0xd, 0, &enabled_low, &unused, &unused,
			       &enabled_high))
		return end;
	mask &= (uint64_t)enabled_high << 32 | enabled_low;
	for (i = 2; i < 63; i++) {
		if (!(mask >> i & 1))
			continue;
		__cpuid_count(0xd, i, size, offset, flags, unused);
		if (compacted) {
			if (flags & 2) /* wants 64-byte alignment */
				end = (end + 63) & ~63ull;
			end += size;
		} else if (offset + size > end) {
			end = offset + size;
		}
	}
	return end;
}

/* Instructions that name memory and do not touch it, or only hint at it. */
static bool names_memory_only(const ZydisDecodedInstruction *zydis)
{
	switch (zydis->meta.category) {
	case ZYDIS_CATEGORY_NOP:
	case ZYDIS_CATEGORY_WIDENOP:
	case ZYDIS_CATEGORY_PREFETCH:
	case ZYDIS_CATEGORY_PREFETCHWT1:
		return true;
	default:
		return zydis->mnemonic == ZYDIS_MNEMONIC_NOP ||
		       zydis->mnemonic == ZYDIS_MNEMONIC_LEA;
	}
}

static bool is_bit_string(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_BT ||
	       mnemonic == ZYDIS_MNEMONIC_BTS ||
	       mnemonic == ZYDIS_MNEMONIC_BTR || mnemonic == ZYDIS_MNEMONIC_BTC;
}

static void classify(struct insn *insn)
{
	switch (insn->zydis.meta.category) {
	case ZYDIS_CATEGORY_CALL:
		insn->kind = INSN_CALL;
		break;
	case ZYDIS_CATEGORY_RET:
		insn->kind = INSN_RET;
		break;
	case ZYDIS_CATEGORY_COND_BR:
		insn->kind = INSN_BRANCH;
		break;
	case ZYDIS_CATEGORY_UNCOND_BR:
		insn->kind = INSN_JUMP;
		break;
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_INTERRUPT:
		insn->kind = INSN_SYSCALL;
		break;
	default:
		insn->kind = INSN_PLAIN;
		break;
	}
	insn->rep = insn->zydis.attributes &
		    (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE |
		     ZYDIS_ATTRIB_HAS_REPNE);
	insn->atomic = insn->zydis.attributes & ZYDIS_ATTRIB_HAS_LOCK;
}

/*
 * Hidden stack operands carry no displacement: a push writes below RSP, and
 * pop [rsp+8] computes its address after RSP has moved.
 */
static int stack_adjustment(const struct insn *insn,
			    const ZydisDecodedOperand *op, uint32_t size)
{
	bool hidden = op->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;

	if (op->mem.base != ZYDIS_REGISTER_RSP)
		return 0;
	if (hidden && (op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
		return -(int)size;
	if (!hidden && insn->zydis.mnemonic == ZYDIS_MNEMONIC_POP)
		return (int)size;
	return 0;
}

/* The moves of AVX and AVX2 whose mask is a vector, the second operand. */
static bool has_vector_mask(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_VMASKMOVPS ||
	       mnemonic == ZYDIS_MNEMONIC_VMASKMOVPD ||
	       mnemonic == ZYDIS_MNEMONIC_VPMASKMOVD ||
	       mnemonic == ZYDIS_MNEMONIC_VPMASKMOVQ;
}

static bool has_mask_register(const ZydisDecodedInstruction *zydis)
{
	return ZydisRegisterGetClass(zydis->avx.mask.reg) ==
		       ZYDIS_REGCLASS_MASK &&
	       zydis->avx.mask.reg != ZYDIS_REGISTER_K0;
}

static bool is_compare(ZydisMnemonic mnemonic)
{
	switch (mnemonic) {
	case ZYDIS_MNEMONIC_VPCMPB:
	case ZYDIS_MNEMONIC_VPCMPW:
	case ZYDIS_MNEMONIC_VPCMPD:
	case ZYDIS_MNEMONIC_VPCMPQ:
	case ZYDIS_MNEMONIC_VPCMPUB:
	case ZYDIS_MNEMONIC_VPCMPUW:
	case ZYDIS_MNEMONIC_VPCMPUD:
	case ZYDIS_MNEMONIC_VPCMPUQ:
	case ZYDIS_MNEMONIC_VPCMPEQB:
	case ZYDIS_MNEMONIC_VPCMPEQW:
	case ZYDIS_MNEMONIC_VPCMPEQD:
	case ZYDIS_MNEMONIC_VPCMPEQQ:
	case ZYDIS_MNEMONIC_VPCMPGTB:
	case ZYDIS_MNEMONIC_VPCMPGTW:
	case ZYDIS_MNEMONIC_VPCMPGTD:
	case ZYDIS_MNEMONIC_VPCMPGTQ:
		return true;
	default:
		return false;
	}
}

unsigned int insn_nesting(const struct insn *insn)
{
	/* The processor takes the level modulo 32. */
	return insn->zydis.mnemonic == ZYDIS_MNEMONIC_ENTER
		       ? insn->operands[1].imm.value.u & 31
		       : 0;
}

static enum insn_extent extent_of(const struct insn *insn, unsigned int index)
{
	const ZydisDecodedInstruction *zydis = &insn->zydis;
	bool compacted;

	if (insn->operands[index].mem.type == ZYDIS_MEMOP_TYPE_VSIB)
		return INSN_GATHER;
	if (zydis->mnemonic == ZYDIS_MNEMONIC_ENTER)
		return insn_nesting(insn) ? INSN_NESTED : INSN_WHOLE;
	if (is_xsave(zydis->mnemonic, &compacted))
		return INSN_XSAVE;
	if (is_bit_string(zydis->mnemonic) &&
	    insn->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER)
		return INSN_BIT_STRING;
	if (has_vector_mask(zydis->mnemonic))
		return INSN_MASKED;
	if (!has_mask_register(zydis))
		return INSN_WHOLE;
	if (zydis->meta.category == ZYDIS_CATEGORY_COMPRESS ||
	    zydis->meta.category == ZYDIS_CATEGORY_EXPAND)
		return INSN_PACKED;
	if (zydis->meta.category == ZYDIS_CATEGORY_DATAXFER ||
	    is_compare(zydis->mnemonic))
		return INSN_MASKED;
	return INSN_WHOLE;
}

static void add_memory(struct insn *insn, unsigned int index)
{
	const ZydisDecodedOperand *op = &insn->operands[index];
	struct insn_memory *memory = &insn->memory[insn->nmemory];

	*memory = (struct insn_memory){
		.operand = (uint8_t)index,
		.size = op->size / 8,
		.extent = extent_of(insn, index),
	};
	if (memory->extent >= INSN_GATHER && memory->extent <= INSN_PACKED)
		insn->vectors = true;
	memory->adjust = (int16_t)stack_adjustment(insn, op, memory->size);
	if (op->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
		memory->flags |= TRACE_ACCESS_READ;
	if (op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
		memory->flags |= TRACE_ACCESS_WRITE;
	if (op->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
		memory->flags |= TRACE_ACCESS_IMPLICIT;
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_XCHG)
		insn->atomic = true;
	insn->nmemory++;
}

/* AMX moves rows as the tile's configuration says; MPX is history. */
static bool can_tell(const struct insn *insn, const ZydisDecodedOperand *op)
{
	if (insn->zydis.meta.category == ZYDIS_CATEGORY_AMX_TILE)
		return false;
	return op->mem.type == ZYDIS_MEMOP_TYPE_MEM ||
	       op->mem.type == ZYDIS_MEMOP_TYPE_VSIB;
}

static void find_memory(struct insn *insn)
{
	unsigned int i;

	if (names_memory_only(&insn->zydis))
		return;
	for (i = 0; i < insn->zydis.operand_count; i++) {
		const ZydisDecodedOperand *op = &insn->operands[i];

		if (op->type != ZYDIS_OPERAND_TYPE_MEMORY ||
		    op->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
			continue;
		if (!can_tell(insn, op) || insn->nmemory == INSN_MAX_MEMORY) {
			insn->opaque = true;
			return;
		}
		add_memory(insn, i);
	}
	/* A move reads before it writes; the decoder lists the target first. */
	if (insn->nmemory == 2 &&
	    !(insn->memory[0].flags & TRACE_ACCESS_READ)) {
		struct insn_memory first = insn->memory[0];

		insn->memory[0] = insn->memory[1];
		insn->memory[1] = first;
	}
	for (i = 0; i < insn->nmemory; i++)
		if (insn->atomic &&
		    !(insn->memory[i].flags & TRACE_ACCESS_IMPLICIT))
			insn->memory[i].flags |= TRACE_ACCESS_ATOMIC;
}

int insn_decode(struct insn *insn, uint64_t address, const uint8_t *bytes,
		size_t length)
{
	ZydisDecoder decoder;

	memset(insn, 0, sizeof(*insn));
	insn->address = address;
	if (!ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
					   ZYDIS_STACK_WIDTH_64)) ||
	    !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, length,
						 &insn->zydis, insn->operands)))
		return -1;
	classify(insn);
	find_memory(insn);
	return 0;
}

uint64_t insn_register(const struct user_regs_struct *regs, ZydisRegister reg)
{
	const unsigned long long *values[16] = {
		&regs->rax, &regs->rcx, &regs->rdx, &regs->rbx,
		&regs->rsp, &regs->rbp, &regs->rsi, &regs->rdi,
		&regs->r8,  &regs->r9,	&regs->r10, &regs->r11,
		&regs->r12, &regs->r13, &regs->r14, &regs->r15,
	};
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(
		ZYDIS_MACHINE_MODE_LONG_64, reg);
	unsigned int width =
		ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg);
	uint64_t value;

	if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64)
		return 0;
	value = *values[ZydisRegisterGetId(whole) & 15];
	if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH)
		value >>= 8;
	return width < 64 ? value & ((1ull << width) - 1) : value;
}

static int64_t sign_extend(uint64_t value, unsigned int bits)
{
	return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

/* @offset: what a gather's index adds for the element. */
static uint64_t effective_address(const struct insn *insn,
				  const struct insn_memory *memory,
				  const struct user_regs_struct *regs,
				  uint64_t offset)
{
	const ZydisDecodedOperand *op = &insn->operands[memory->operand];
	uint64_t address = (uint64_t)op->mem.disp.value;

	if (op->mem.base == ZYDIS_REGISTER_RIP ||
	    op->mem.base == ZYDIS_REGISTER_EIP)
		address += insn->address + insn->zydis.length;
	else
		address += insn_register(regs, op->mem.base);
	if (memory->extent == INSN_GATHER)
		address += offset;
	else
		address += insn_register(regs, op->mem.index) * op->mem.scale;
	address += (uint64_t)(int64_t)memory->adjust;
	if (memory->extent == INSN_BIT_STRING) {
		int64_t bits = memory->size * 8;
		uint64_t index =
			insn_register(regs, insn->operands[1].reg.value);

		/*
		 * The address moves by whole operands towards the bit, which
		 * may lie before it.
		 */
		address += (uint64_t)((sign_extend(index, (unsigned int)bits) &
				       -bits) /
				      8);
	}
	if (insn->zydis.address_width == 32)
		address = (uint32_t)address;
	if (op->mem.segment == ZYDIS_REGISTER_FS)
		address += regs->fs_base;
	else if (op->mem.segment == ZYDIS_REGISTER_GS)
		address += regs->gs_base;
	return address;
}

/* Bit N: element N takes part. @n: how many elements there are. */
static uint64_t active_elements(const struct insn *insn,
				const struct vectors *vectors, unsigned int n,
				unsigned int size, ZydisRegister vector_mask)
{
	uint64_t active = 0;
	unsigned int i;

	if (has_mask_register(&insn->zydis))
		active = vectors_mask(vectors, insn->zydis.avx.mask.reg);
	else /* the highest bit of each element of a vector */
		for (i = 0; i < n; i++)
			active |= (vectors_element(vectors, vector_mask, i,
						   size) >>
					   (8 * size - 1) &
				   1)
				  << i;
	return n < 64 ? active & ((1ull << n) - 1) : active;
}

/* The index of a gather or scatter has 64 bits, not 32. */
static bool has_wide_index(ZydisMnemonic mnemonic)
{
	switch (mnemonic) {
	case ZYDIS_MNEMONIC_VGATHERQPS:
	case ZYDIS_MNEMONIC_VGATHERQPD:
	case ZYDIS_MNEMONIC_VPGATHERQD:
	case ZYDIS_MNEMONIC_VPGATHERQQ:
	case ZYDIS_MNEMONIC_VSCATTERQPS:
	case ZYDIS_MNEMONIC_VSCATTERQPD:
	case ZYDIS_MNEMONIC_VPSCATTERQD:
	case ZYDIS_MNEMONIC_VPSCATTERQQ:
		return true;
	default:
		return false;
	}
}

static unsigned int gather_accesses(const struct insn *insn,
				    const struct insn_memory *memory,
				    const struct user_regs_struct *regs,
				    const struct vectors *vectors,
				    struct insn_access *out)
{
	const ZydisDecodedOperand *op = &insn->operands[memory->operand];
	/* The data is the first operand of a gather, the last of a scatter. */
	const ZydisDecodedOperand *data =
		&insn->operands[memory->operand ? 0 : 2];
	unsigned int wide = has_wide_index(insn->zydis.mnemonic) ? 8 : 4;
	unsigned int width = ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64,
						   op->mem.index);
	unsigned int n = width / 8 / wide, count = 0, i;
	uint64_t active, index;

	if (n > data->element_count)
		n = data->element_count;
	/* AVX2 has its mask in the last operand. */
	active = active_elements(insn, vectors, n, memory->size,
				 insn->operands[2].reg.value);
	for (i = 0; i < n && count < INSN_MAX_ACCESSES; i++) {
		if (!(active >> i & 1))
			continue;
		index = vectors_element(vectors, op->mem.index, i, wide);
		index = (uint64_t)sign_extend(index, 8 * wide);
		out[count++] = (struct insn_access){
			.address = effective_address(insn, memory, regs,
						     index * op->mem.scale),
			.size = memory->size,
			.flags = memory->flags,
		};
	}
	return count;
}

/*
 * ENTER pushes RBP, then a copy of each word below the one that RBP points to,
 * except for the last level, whose word is the new frame pointer.
 */
static unsigned int nested_accesses(const struct insn *insn,
				    const struct insn_memory *memory,
				    const struct user_regs_struct *regs,
				    struct insn_access *out)
{
	uint64_t slot = effective_address(insn, memory, regs, 0);
	const unsigned int levels = insn_nesting(insn);
	const uint32_t size = memory->size;
	unsigned int n = 0, i;

	for (i = 0; i <= levels; i++) {
		if (i && i < levels)
			out[n++] = (struct insn_access){
				.address = regs->rbp - i * size,
				.size = size,
				.flags = TRACE_ACCESS_READ |
					 TRACE_ACCESS_IMPLICIT,
			};
		out[n++] = (struct insn_access){
			.address = slot - i * size,
			.size = size,
			.flags = memory->flags,
		};
	}
	return n;
}

/* Narrow an access to the elements that take part. Return: are there any? */
static bool narrow(const struct insn *insn, const struct insn_memory *memory,
		   const struct vectors *vectors, struct insn_access *access)
{
	const ZydisDecodedOperand *op = &insn->operands[memory->operand];
	unsigned int size = op->element_size / 8, first, last;
	uint64_t active = active_elements(insn, vectors, op->element_count,
					  size, insn->operands[1].reg.value);

	if (!active)
		return false;
	if (insn->zydis.avx.broadcast.mode)
		return true; /* one element, for whichever are active */
	if (memory->extent == INSN_PACKED) {
		access->size = (uint64_t)__builtin_popcountll(active) * size;
		return true;
	}
	first = (unsigned int)__builtin_ctzll(active);
	last = 63 - (unsigned int)__builtin_clzll(active);
	access->address += (uint64_t)first * size;
	access->size = (uint64_t)(last - first + 1) * size;
	return true;
}

static uint64_t access_size(const struct insn *insn,
			    const struct insn_memory *memory,
			    const struct user_regs_struct *regs)
{
	bool compacted;

	if (memory->extent != INSN_XSAVE)
		return memory->size;
	is_xsave(insn->zydis.mnemonic, &compacted);
	return xsave_bytes((uint64_t)(uint32_t)regs->rdx << 32 |
				   (uint32_t)regs->rax,
			   compacted);
}

unsigned int insn_accesses(const struct insn *insn,
			   const struct user_regs_struct *regs,
			   const struct vectors *vectors, uint64_t iterations,
			   struct insn_access *out)
{
	unsigned int n = 0, i;

	if (!insn->rep)
		iterations = 1;
	if (!iterations)
		return 0;
	for (i = 0; i < insn->nmemory; i++) {
		const struct insn_memory *memory = &insn->memory[i];
		uint64_t size = access_size(insn, memory, regs);

		if (memory->extent == INSN_GATHER) {
			n += gather_accesses(insn, memory, regs, vectors,
					     &out[n]);
			continue;
		}
		if (memory->extent == INSN_NESTED) {
			n += nested_accesses(insn, memory, regs, &out[n]);
			continue;
		}
		out[n] = (struct insn_access){
			.address = effective_address(insn, memory, regs, 0),
			.size = size * iterations,
			.flags = memory->flags,
		};
		/* Backwards, the first element is the highest. */
		if (insn->rep && (regs->eflags & EFLAGS_DIRECTION))
			out[n].address -= (iterations - 1) * size;
		if ((memory->extent != INSN_MASKED &&
		     memory->extent != INSN_PACKED) ||
		    narrow(insn, memory, vectors, &out[n]))
			n++;
	}
	return n;
}

uint64_t insn_iterations(const struct insn *insn,
			 const struct user_regs_struct *before,
			 const struct user_regs_struct *after)
{
	if (!insn->rep)
		return 1;
	if (insn->zydis.address_width == 32)
		return (uint32_t)before->rcx - (uint32_t)after->rcx;
	return before->rcx - after->rcx;
}
