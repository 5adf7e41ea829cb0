// SPDX-License-Identifier: GPL-2.0
#include "absmachine.h"

#include "oprows.h"
#include "shape.h"

/*
 * A switch of stacks and a large step of RSP sweep many slots, although the
 * operation takes a cycle or two. This bounds their sum, so that verifying
 * takes less than 1 s.
 */
#define MAX_SWEPT_SLOTS (36u << 20)

#define MAX_CALLS (SWC_SLOT_MAX - SWC_SLOT_CALL)

/* XRSTOR faults if the content of XSAVE's area at these offsets isn't valid. */
#define XSAVE_MXCSR  24u
#define XSAVE_BV     512u
#define XSAVE_HEADER 520u /* the rest of the header, must be 0 */

#define XSTATE_SSE 0x2u
#define XSTATE_AVX 0x4u

/* Values in call_block; numbers of blocks and operations are smaller. */
#define RETURNED 0xffffffffu
#define AIMED	 0x80000000u

static bool is_zero(const struct swc_machine *m, __u8 reg)
{
	/* SWC_REG_NONE stands for an immediate, which the emitter makes 0. */
	return reg == SWC_REG_NONE || (m->zero & (1u << reg));
}

static void set_zero(struct swc_machine *m, __u8 reg, bool zero)
{
	m->zero &= ~(1u << reg);
	m->zero |= (__u16)zero << reg;
}

static bool note_unproved(struct swc_machine *m, __u32 bit)
{
	if (m->unproved)
		m->unproved[bit / 8] |= 1u << (bit % 8);
	return m->unproved;
}

/* May the operation go on although something isn't proved? If so, notes that. */
static bool pass_over(struct swc_machine *m)
{
	return note_unproved(m, SWC_UNPROVED(m->index));
}

/* The registers of an address hold 0, but for RSP, which is known. */
static __u32 check_address(struct swc_machine *m)
{
	const struct swc_op *op = m->op;

	if (op->base != SWC_REG_RSP && !is_zero(m, op->base) && !pass_over(m))
		return SWC_ERR_BASE;
	if (!is_zero(m, op->index) &&
	    !note_unproved(m, SWC_UNPROVED_INDEX(m->index)))
		return SWC_ERR_BASE;
	return SWC_OK;
}

static void write_slots(struct swc_machine *m, __u32 region, __u32 offset,
			__u32 bytes, __u16 state)
{
	/*
	 * Below RSP nothing keeps its value: an exception, an interrupt or a
	 * signal may put its frame there between any two operations.
	 */
	if (region == m->sp_region && offset < m->sp_offset)
		state = SWC_SLOT_UNKNOWN;
	else if (region != m->sp_region && offset < m->slots.floor[region])
		m->slots.floor[region] = offset & ~(SWC_SLOT_BYTES - 1);
	swc_slots_write(&m->slots, region, offset, bytes, state);
}

/* These @bytes of @region may change without our seeing it: they become unknown. */
static __u32 sweep(struct swc_machine *m, __u32 region, __u32 offset,
		   __u32 bytes)
{
	m->swept += bytes / SWC_SLOT_BYTES;
	if (m->swept > MAX_SWEPT_SLOTS)
		return SWC_ERR_TIME;
	swc_slots_write(&m->slots, region, offset, bytes, SWC_SLOT_UNKNOWN);
	return SWC_OK;
}

/*
 * RSP arrives at @offset of @region: all that lies below becomes unknown. The
 * slots up to the floor are unknown already and aren't visited again.
 */
static __u32 arrive(struct swc_machine *m, __u32 region, __u32 offset)
{
	__u32 floor;

	m->sp_region = region;
	m->sp_offset = offset;
	if (region == SWC_NO_REGION)
		return SWC_OK;
	m->proof->stacks[region / 8] |= 1u << (region % 8);
	floor = m->slots.floor[region];
	m->slots.floor[region] = offset;
	return floor < offset ? sweep(m, region, floor, offset - floor)
			      : SWC_OK;
}

/* Move RSP within its region by @delta bytes, negative: down. */
static __u32 move_sp(struct swc_machine *m, __s64 delta)
{
	__s64 to = (__s64)m->sp_offset + delta;
	__u32 from = m->sp_offset;

	if (m->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (to < 0 || to > m->program->regions[m->sp_region].pages *
				      (__s64)SWC_PAGE_BYTES)
		return SWC_ERR_STACK;
	m->sp_offset = to;
	m->slots.floor[m->sp_region] = to;
	return delta > 0 ? sweep(m, m->sp_region, from, delta) : SWC_OK;
}

static __u32 do_push(struct swc_machine *m, __u16 state)
{
	__u32 rc = move_sp(m, -(__s64)SWC_SLOT_BYTES);

	if (!rc)
		swc_slots_write(&m->slots, m->sp_region, m->sp_offset,
				SWC_SLOT_BYTES, state);
	return rc;
}

/* Sets @state to that of the slot at RSP, for a pop or a return. */
static __u32 top_of_stack(const struct swc_machine *m, __u16 *state)
{
	if (m->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (m->sp_offset + SWC_SLOT_BYTES >
	    m->program->regions[m->sp_region].pages * SWC_PAGE_BYTES)
		return SWC_ERR_STACK;
	*state = swc_slots_at(&m->slots, m->sp_region, m->sp_offset);
	return SWC_OK;
}

__u32 swc_step_pop(struct swc_machine *m)
{
	__u16 state;
	__u32 rc = top_of_stack(m, &state);

	if (rc)
		return rc;
	set_zero(m, m->op->dst, state == SWC_SLOT_ZERO);
	return move_sp(m, SWC_SLOT_BYTES);
}

__u32 swc_step_sp(struct swc_machine *m)
{
	return move_sp(m, (__s32)m->op->imm);
}

/* Regions begin at pages, so the offset is aligned as the address is. */
__u32 swc_step_align(struct swc_machine *m)
{
	return move_sp(m, -(__s64)(m->sp_offset & (m->op->imm - 1)));
}

/*
 * An indirect call or jump leads to the next operation as a direct one does: its
 * pointer is the emitter's, and lies where no operation reaches.
 */
__u32 swc_step_jump(struct swc_machine *m)
{
	if (!swc_op_is_indirect(m->op))
		return SWC_OK;
	if (check_address(m))
		return SWC_ERR_BASE;
	return m->nindirect++ < SWC_MAX_INDIRECT ? SWC_OK : SWC_ERR_INDIRECT;
}

__u32 swc_step_call(struct swc_machine *m)
{
	__u32 rc = swc_step_jump(m);

	if (rc)
		return rc;
	if (m->ncalls >= MAX_CALLS)
		return SWC_ERR_TOO_LONG;
	/* Such a call pushes an address that the code has passed already. */
	if (m->op->flags & SWC_OPF_NEXT)
		return do_push(m, SWC_SLOT_UNKNOWN);
	rc = do_push(m, SWC_SLOT_CALL + m->ncalls);
	if (rc)
		return rc;
	m->due[m->ndue++] = m->ncalls;
	m->call_block[m->ncalls++] = m->block;
	m->block = m->nblocks++;
	return SWC_OK;
}

/*
 * An AIM stores a return address that no call has pushed, or moves that of the
 * call whose return the CPU expects next. It clears the register that the
 * address passes through.
 */
__u32 swc_step_aim(struct swc_machine *m)
{
	const struct swc_op *op = m->op;
	__u32 call = m->ndue ? m->due[m->ndue - 1] : 0;
	bool back = (op->flags & SWC_OPF_DUE) && m->ndue &&
		    m->call_block[call] != RETURNED;

	if (m->ncalls >= MAX_CALLS)
		return SWC_ERR_TOO_LONG;
	if (!is_zero(m, op->src) && !pass_over(m))
		return SWC_ERR_BASE;
	set_zero(m, op->dst, true);
	if (back) {
		m->proof->ops[m->index].leads = SWC_LEADS_BACK |
						m->call_block[call];
	} else {
		call = m->ncalls++;
		m->call_block[call] = AIMED | m->index;
	}
	write_slots(m, op->region, op->offset, SWC_SLOT_BYTES,
		    SWC_SLOT_CALL + call);
	return SWC_OK;
}

/*
 * A return goes wherever the return address at RSP leads, so the slot must still
 * hold what a call or an AIM has put there. Each call returns at most once, since
 * the code after it is emitted once; and an AIM leads to the code after the one
 * return that finds it.
 */
__u32 swc_step_ret(struct swc_machine *m)
{
	__u32 call, rc;
	__u16 state;

	rc = top_of_stack(m, &state);
	if (rc)
		return rc;
	if (state < SWC_SLOT_CALL)
		return SWC_ERR_RETURN;
	call = state - SWC_SLOT_CALL;
	if (call >= m->ncalls || m->call_block[call] == RETURNED)
		return SWC_ERR_RETURN;
	if (m->call_block[call] & AIMED) {
		m->proof->ops[m->call_block[call] & ~AIMED].leads =
			m->index + 1;
		m->block = m->nblocks++;
	} else {
		m->block = m->call_block[call];
	}
	m->call_block[call] = RETURNED;
	m->ndue -= m->ndue > 0;
	return move_sp(m, SWC_SLOT_BYTES);
}

__u32 swc_step_switch(struct swc_machine *m)
{
	if (m->op->flags & SWC_OPF_BACK)
		return arrive(m, m->program->entry_region,
			      m->program->entry_offset);
	return arrive(m, m->op->region, m->op->offset);
}

/* The state of a slot that a register has been stored to; @zero: it held 0. */
static __u16 stored(const struct swc_machine *m, __u8 reg, bool zero)
{
	return zero && (reg == SWC_REG_NONE || !m->give_up) ? SWC_SLOT_ZERO
							    : SWC_SLOT_UNKNOWN;
}

__u32 swc_step_push(struct swc_machine *m)
{
	__u8 src = m->op->src;

	return do_push(m, stored(m, src, is_zero(m, src)));
}

/* SAVE, and RESTORE, which reads what SAVE writes. */
__u32 swc_step_registers(struct swc_machine *m)
{
	bool restore = m->row->traits & SWC_READS_MEM;
	const struct swc_op *op = m->op;
	__u32 reg, offset = op->offset;

	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(op->imm & (1u << reg)))
			continue;
		if (restore)
			set_zero(m, reg,
				 swc_slots_at(&m->slots, op->region, offset) ==
					 SWC_SLOT_ZERO);
		else
			write_slots(m, op->region, offset, SWC_SLOT_BYTES,
				    stored(m, reg, is_zero(m, reg)));
		offset += SWC_SLOT_BYTES;
	}
	return SWC_OK;
}

static bool header_is_zero(const struct swc_machine *m, const struct swc_op *op)
{
	return swc_slots_all(&m->slots, op->region, op->offset + XSAVE_HEADER,
			     SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES -
				     XSAVE_HEADER,
			     SWC_SLOT_ZERO);
}

/*
 * XSAVE writes XSTATE_BV only, and of that only the bits of its components: the
 * rest of the header has to be zero, and XSTATE_BV zero or as XSAVE left it.
 */
static bool header_is_valid(const struct swc_machine *m,
			    const struct swc_op *op)
{
	switch (swc_slots_at(&m->slots, op->region, op->offset + XSAVE_BV)) {
	case SWC_SLOT_ZERO:
	case SWC_SLOT_BV:
	case SWC_SLOT_OLD_BV:
		return header_is_zero(m, op);
	default:
		return false;
	}
}

/* FXSAVE and FXRSTOR have no choice of components, nor a header for it. */
static bool has_components(const struct swc_machine *m)
{
	return m->row->imm == SWC_IMM_COMPONENTS;
}

/* MXCSR goes with SSE and AVX (Intel SDM vol. 1, 13.7 and 13.8). */
static bool has_mxcsr(const struct swc_machine *m)
{
	return !has_components(m) || (m->op->imm & (XSTATE_SSE | XSTATE_AVX));
}

__u32 swc_step_xsave(struct swc_machine *m)
{
	const struct swc_op *op = m->op;
	__u32 bytes = swc_shape_bytes(m->caps, op);
	__u32 behind = SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES;

	/* The state component mask is passed in EDX:EAX. */
	m->zero &= ~m->row->writes;
	if (has_components(m)) {
		if (!header_is_valid(m, op))
			return SWC_ERR_XSTATE;
		write_slots(m, op->region, op->offset + XSAVE_BV,
			    SWC_SLOT_BYTES, SWC_SLOT_BV);
		write_slots(m, op->region, op->offset + behind, bytes - behind,
			    SWC_SLOT_UNKNOWN);
	}
	write_slots(m, op->region, op->offset, SWC_XSAVE_LEGACY_BYTES,
		    SWC_SLOT_UNKNOWN);
	if (has_mxcsr(m))
		write_slots(m, op->region, op->offset + XSAVE_MXCSR,
			    SWC_SLOT_BYTES, SWC_SLOT_MXCSR);
	return SWC_OK;
}

__u32 swc_step_xrstor(struct swc_machine *m)
{
	const struct swc_op *op = m->op;

	m->zero &= ~m->row->writes;
	memset(&m->vectors, 0, sizeof(m->vectors));
	/* A reserved bit set in MXCSR or in the header faults. */
	if (has_mxcsr(m) &&
	    swc_slots_at(&m->slots, op->region, op->offset + XSAVE_MXCSR) !=
		    SWC_SLOT_MXCSR)
		return SWC_ERR_XSTATE;
	if (has_components(m) &&
	    (!header_is_zero(m, op) ||
	     swc_slots_at(&m->slots, op->region, op->offset + XSAVE_BV) !=
		     SWC_SLOT_BV))
		return SWC_ERR_XSTATE;
	return SWC_OK;
}

/* Is a register that the operation names proved to hold 0, as far as it goes? */
static bool operand_is_zero(const struct swc_machine *m, __u8 reg, __u32 vector)
{
	return m->row->traits & vector
		       ? swc_vectors_zero(&m->vectors, reg, m->op->size)
		       : is_zero(m, reg);
}

/* Is all that the operation reads proved to be 0? */
static bool reads_zeros(const struct swc_machine *m, __u32 bytes)
{
	__u32 traits = m->row->traits;
	const struct swc_op *op = m->op;

	if ((traits & SWC_CLEARS) && op->dst == op->src)
		return true;
	if ((traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT)) &&
	    !operand_is_zero(m, op->src, SWC_VECTOR_SRC))
		return false;
	if ((traits & SWC_HAS_BASE) && !is_zero(m, op->base))
		return false;
	if ((traits & SWC_READS_DST) &&
	    !operand_is_zero(m, op->dst, SWC_VECTOR_DST))
		return false;
	if ((traits & SWC_READS_MEM) &&
	    !swc_slots_all(&m->slots, op->region, op->offset, bytes,
			   SWC_SLOT_ZERO))
		return false;
	return !(m->row->reads & ~m->zero);
}

/*
 * Sums, copies, loads and stores, as their traits say: the written value is 0 if all
 * read values are. Operations that neither read nor write are among them.
 */
__u32 swc_step_plain(struct swc_machine *m)
{
	__u32 traits = m->row->traits, bytes = swc_shape_bytes(m->caps, m->op);
	const struct swc_op *op = m->op;
	bool zero = reads_zeros(m, bytes);

	m->zero &= ~m->row->writes;
	m->zero |= zero ? m->row->writes : 0;
	if (traits & SWC_WRITES_MEM)
		write_slots(m, op->region, op->offset, bytes,
			    stored(m, op->src & op->dst, zero));
	if (traits & SWC_WRITES_DST) {
		if (traits & SWC_VECTOR_DST)
			swc_vectors_write(&m->vectors, op->dst, op->size, zero);
		else
			set_zero(m, op->dst, zero);
	}
	if (traits & SWC_SETS_FLAGS)
		m->zero_flags = zero;
	return SWC_OK;
}

__u32 swc_step_vzero(struct swc_machine *m)
{
	swc_vectors_upper(&m->vectors);
	return SWC_OK;
}

/* RAX and RDX become quotient and remainder: 0, if RAX was. */
__u32 swc_step_div(struct swc_machine *m)
{
	if (is_zero(m, m->op->src) && is_zero(m, SWC_REG_RDX)) {
		set_zero(m, SWC_REG_RDX, is_zero(m, SWC_REG_RAX));
		return SWC_OK;
	}
	if (!pass_over(m))
		return SWC_ERR_DIVIDE;
	m->zero_flags = is_zero(m, SWC_REG_RAX);
	return SWC_OK;
}

/* REP STOS and REP MOVS leave zeros in the registers that they use. */
__u32 swc_step_string(struct swc_machine *m)
{
	const struct swc_op *op = m->op;
	bool zero = is_zero(m, SWC_REG_RAX);

	m->swept += 2 * (op->imm / SWC_SLOT_BYTES);
	if (m->swept > MAX_SWEPT_SLOTS)
		return SWC_ERR_TIME;
	if (m->row->traits & SWC_HAS_FROM)
		zero = swc_slots_all(&m->slots, SWC_FROM_REGION(op->from),
				     SWC_FROM_OFFSET(op->from), op->imm,
				     SWC_SLOT_ZERO);
	write_slots(m, op->region, op->offset, op->imm,
		    stored(m, SWC_REG_RAX, zero));
	m->zero |= m->row->writes;
	return SWC_OK;
}

/*
 * Does it need to know RSP? For a LEA from RSP, the emitter takes off RSP's known
 * value, so the result is 0 and still waits for RSP. No operation makes RSP's bit in
 * m->zero false.
 */
static bool needs_sp(const struct swc_machine *m)
{
	return m->op->base == SWC_REG_RSP ||
	       ((m->row->traits & SWC_SRC_SP) && m->op->src == SWC_REG_RSP);
}

__u32 swc_machine_step(struct swc_machine *m, const struct swc_op *op,
		       __u32 index)
{
	__u32 traits;

	m->op = op;
	m->index = index;
	m->row = swc_op_traits(op->kind);
	traits = m->row->traits;
	/* Outside the regions RSP is the host's, whose value nobody knows. */
	if (needs_sp(m) && m->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if ((traits & SWC_HAS_MEM) && check_address(m))
		return SWC_ERR_BASE;
	if (traits & SWC_SPOILS_FLAGS)
		m->zero_flags = false;
	return m->row->step(m);
}

__u32 swc_machine_start(struct swc_machine *m)
{
	m->zero = 0xffff;
	m->zero_flags = true;
	m->ncalls = 0;
	m->ndue = 0;
	m->nindirect = 0;
	m->block = 0;
	m->nblocks = 1;
	m->swept = 0;
	memset(&m->vectors, 0, sizeof(m->vectors));
	swc_slots_start(&m->slots, m->program->nregions);
	return arrive(m, m->program->entry_region, m->program->entry_offset);
}
