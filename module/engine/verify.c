// SPDX-License-Identifier: GPL-2.0
#include "verify.h"

#include "optable.h"
#include "shape.h"
#include "slots.h"

/*
 * Passes until the set of slots that a replay may leave non-zero has settled.
 * Each pass can only add slots whose content came through a register from a
 * slot found in the pass before, so real sequences need two or three.
 */
#define MAX_PASSES 16

/*
 * A switch of stacks and a large step of RSP sweep many slots, for an operation
 * of a cycle or two. Bound their sum, so that verifying takes less than 1 s.
 */
#define MAX_SWEPT_SLOTS (16u << 20)

#define MAX_CALLS (SWC_SLOT_MAX - SWC_SLOT_CALL)

/* Offsets of XSAVE's area whose content XRSTOR would fault on, if not valid. */
#define XSAVE_MXCSR  24u
#define XSAVE_BV     512u
#define XSAVE_HEADER 520u /* the rest of the header, must be 0 */

#define XSTATE_SSE 0x2u
#define XSTATE_AVX 0x4u

/**
 * struct walk - the machine's abstract state at one operation
 * @program: being verified
 * @caps: of the CPU
 * @plan: being filled
 * @slots: memory
 * @call_block: of each call: the block that it returns to, or RETURNED
 * @sp_region: region that RSP is in, or SWC_NO_REGION
 * @sp_offset: bytes into it
 * @zero: bit set: the register is proved to hold 0
 * @zero_flags: the flags are those of a zero result
 * @ncalls: so far
 * @block: that code is emitted into now
 * @swept: slots visited by sweeps in this pass
 */
struct walk {
	const struct swc_program *program;
	const struct swc_caps *caps;
	struct swc_plan *plan;
	struct swc_slots slots;
	__u32 *call_block;
	__u32 sp_region;
	__u32 sp_offset;
	__u32 ncalls;
	__u32 block;
	__u32 swept;
	__u16 zero;
	bool zero_flags;
};

#define RETURNED 0xffffffffu

static __u32 total_pages(const struct swc_program *program)
{
	__u32 i, pages = 0;

	for (i = 0; i < program->nregions; i++) {
		if (!program->regions[i].pages ||
		    program->regions[i].pages > SWC_MAX_PAGES)
			return 0;
		pages += program->regions[i].pages;
	}
	return pages;
}

static __u32 count_calls(const struct swc_program *program)
{
	__u32 i, n = 0;

	for (i = 0; i < program->nops; i++)
		n += program->ops[i].kind == SWC_OP_CALL;
	return n;
}

static int refuse(struct swc_error *err, __u32 code, __u32 op)
{
	err->code = code;
	err->op = op;
	return -1;
}

/* Sizes and the entry: what must hold before any operation is looked at. */
static __u32 check_frame(const struct swc_program *p)
{
	__u32 i, pages;

	if (!p->nops)
		return SWC_ERR_EMPTY;
	if (p->nops > SWC_MAX_OPS)
		return SWC_ERR_TOO_LONG;
	if (p->nregions > SWC_MAX_REGIONS)
		return SWC_ERR_PAGES;
	pages = total_pages(p);
	if ((p->nregions && !pages) || pages > SWC_MAX_PAGES)
		return SWC_ERR_PAGES;
	for (i = 0; i < p->nregions; i++) {
		if (p->regions[i].reserved)
			return SWC_ERR_RESERVED;
	}
	if (p->entry_region == SWC_NO_REGION)
		return p->entry_offset ? SWC_ERR_OPERAND : SWC_OK;
	if (p->entry_region >= p->nregions)
		return SWC_ERR_REGION;
	if (p->entry_offset >
	    p->regions[p->entry_region].pages * SWC_PAGE_BYTES)
		return SWC_ERR_BOUNDS;
	if (p->entry_offset & (SWC_SLOT_BYTES - 1))
		return SWC_ERR_ALIGNMENT;
	return SWC_OK;
}

static __u64 plan_bytes(const struct swc_program *p)
{
	return (__u64)p->nops * sizeof(struct swc_plan_op);
}

static __u64 call_bytes(const struct swc_program *p)
{
	return ((__u64)count_calls(p) * sizeof(__u32) + 7) & ~7ull;
}

__u64 swc_verify_bytes(const struct swc_program *program, struct swc_error *err)
{
	__u32 rc = check_frame(program);

	if (rc) {
		refuse(err, rc, program->nops);
		return 0;
	}
	return plan_bytes(program) + call_bytes(program) +
	       swc_slots_bytes(total_pages(program));
}

static bool is_zero(const struct walk *w, __u8 reg)
{
	/* No register stands for an immediate, which the emitter makes 0. */
	return reg == SWC_REG_NONE || (w->zero & (1u << reg));
}

static void set_zero(struct walk *w, __u8 reg, bool zero)
{
	w->zero &= ~(1u << reg);
	w->zero |= (__u16)zero << reg;
}

static void write_slots(struct walk *w, __u32 region, __u32 offset, __u32 bytes,
			__u16 state)
{
	/*
	 * Below RSP nothing keeps its value: an exception, an interrupt or a
	 * signal may put its frame there between any two operations.
	 */
	if (region == w->sp_region && offset < w->sp_offset)
		state = SWC_SLOT_UNKNOWN;
	swc_slots_write(&w->slots, region, offset, bytes, state);
}

/* What lies in these @bytes of @region may change behind our back. */
static __u32 sweep(struct walk *w, __u32 region, __u32 offset, __u32 bytes)
{
	w->swept += bytes / SWC_SLOT_BYTES;
	if (w->swept > MAX_SWEPT_SLOTS)
		return SWC_ERR_TIME;
	swc_slots_write(&w->slots, region, offset, bytes, SWC_SLOT_UNKNOWN);
	return SWC_OK;
}

/* RSP arrives at @offset of @region: all that lies below becomes unknown. */
static __u32 arrive(struct walk *w, __u32 region, __u32 offset)
{
	w->sp_region = region;
	w->sp_offset = offset;
	if (region == SWC_NO_REGION)
		return SWC_OK;
	w->plan->stacks[region / 8] |= 1u << (region % 8);
	return sweep(w, region, 0, offset);
}

/* Move RSP within its region by @delta bytes, negative: down. */
static __u32 move_sp(struct walk *w, __s64 delta)
{
	__s64 to = (__s64)w->sp_offset + delta;
	__u32 from = w->sp_offset;

	if (w->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (to < 0 || to > w->program->regions[w->sp_region].pages *
				      (__s64)SWC_PAGE_BYTES)
		return SWC_ERR_STACK;
	w->sp_offset = to;
	return delta > 0 ? sweep(w, w->sp_region, from, delta) : SWC_OK;
}

static __u32 do_push(struct walk *w, __u16 state)
{
	__u32 rc = move_sp(w, -(__s64)SWC_SLOT_BYTES);

	if (!rc)
		swc_slots_write(&w->slots, w->sp_region, w->sp_offset,
				SWC_SLOT_BYTES, state);
	return rc;
}

/* What lies at RSP, for a pop or a return. */
static __u32 top_of_stack(const struct walk *w, __u16 *state)
{
	if (w->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (w->sp_offset + SWC_SLOT_BYTES >
	    w->program->regions[w->sp_region].pages * SWC_PAGE_BYTES)
		return SWC_ERR_STACK;
	*state = swc_slots_at(&w->slots, w->sp_region, w->sp_offset);
	return SWC_OK;
}

static __u32 do_pop(struct walk *w, const struct swc_op *op)
{
	__u16 state;
	__u32 rc = top_of_stack(w, &state);

	if (rc)
		return rc;
	set_zero(w, op->dst, state == SWC_SLOT_ZERO);
	return move_sp(w, SWC_SLOT_BYTES);
}

static __u32 do_call(struct walk *w)
{
	__u32 rc;

	if (w->ncalls >= MAX_CALLS)
		return SWC_ERR_TOO_LONG;
	rc = do_push(w, SWC_SLOT_CALL + w->ncalls);
	if (rc)
		return rc;
	w->call_block[w->ncalls++] = w->block;
	w->block = w->ncalls;
	return SWC_OK;
}

/*
 * A return goes wherever the return address at RSP leads, so the slot must
 * still hold what a call has put there. Each call returns at most once, since
 * what follows it is emitted once.
 */
static __u32 do_ret(struct walk *w)
{
	__u32 call, rc;
	__u16 state;

	rc = top_of_stack(w, &state);
	if (rc)
		return rc;
	if (state < SWC_SLOT_CALL)
		return SWC_ERR_RETURN;
	call = state - SWC_SLOT_CALL;
	if (call >= w->ncalls || w->call_block[call] == RETURNED)
		return SWC_ERR_RETURN;
	w->block = w->call_block[call];
	w->call_block[call] = RETURNED;
	return move_sp(w, SWC_SLOT_BYTES);
}

static __u32 do_switch(struct walk *w, const struct swc_op *op)
{
	if (op->flags & SWC_OPF_BACK)
		return arrive(w, w->program->entry_region,
			      w->program->entry_offset);
	return arrive(w, op->region, op->offset);
}

static __u32 do_save(struct walk *w, const struct swc_op *op, bool restore)
{
	__u32 reg, offset = op->offset;

	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(op->imm & (1u << reg)))
			continue;
		if (restore)
			set_zero(w, reg,
				 swc_slots_at(&w->slots, op->region, offset) ==
					 SWC_SLOT_ZERO);
		else
			write_slots(w, op->region, offset, SWC_SLOT_BYTES,
				    is_zero(w, reg) ? SWC_SLOT_ZERO
						    : SWC_SLOT_UNKNOWN);
		offset += SWC_SLOT_BYTES;
	}
	return SWC_OK;
}

static bool header_is_zero(const struct walk *w, const struct swc_op *op)
{
	return swc_slots_all(&w->slots, op->region, op->offset + XSAVE_HEADER,
			     SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES -
				     XSAVE_HEADER,
			     SWC_SLOT_ZERO);
}

/*
 * XSAVE writes XSTATE_BV only, and of that only the bits of its components: the
 * rest of the header has to be zero, and XSTATE_BV zero or as XSAVE left it.
 */
static bool header_is_valid(const struct walk *w, const struct swc_op *op)
{
	switch (swc_slots_at(&w->slots, op->region, op->offset + XSAVE_BV)) {
	case SWC_SLOT_ZERO:
	case SWC_SLOT_BV:
	case SWC_SLOT_OLD_BV:
		return header_is_zero(w, op);
	default:
		return false;
	}
}

/* MXCSR goes with SSE and AVX (Intel SDM vol. 1, 13.7 and 13.8). */
static bool has_mxcsr(const struct swc_op *op)
{
	return op->kind == SWC_OP_FXSAVE || op->kind == SWC_OP_FXRSTOR ||
	       (op->imm & (XSTATE_SSE | XSTATE_AVX));
}

static __u32 do_xstate_save(struct walk *w, const struct swc_op *op)
{
	__u32 bytes = swc_shape_bytes(w->caps, op);
	__u32 behind = SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES;

	if (op->kind == SWC_OP_XSAVE) {
		if (!header_is_valid(w, op))
			return SWC_ERR_XSTATE;
		write_slots(w, op->region, op->offset + XSAVE_BV,
			    SWC_SLOT_BYTES, SWC_SLOT_BV);
		write_slots(w, op->region, op->offset + behind, bytes - behind,
			    SWC_SLOT_UNKNOWN);
	}
	write_slots(w, op->region, op->offset, SWC_XSAVE_LEGACY_BYTES,
		    SWC_SLOT_UNKNOWN);
	if (has_mxcsr(op))
		write_slots(w, op->region, op->offset + XSAVE_MXCSR,
			    SWC_SLOT_BYTES, SWC_SLOT_MXCSR);
	return SWC_OK;
}

static __u32 do_xstate_restore(struct walk *w, const struct swc_op *op)
{
	/* A reserved bit set in MXCSR or in the header faults. */
	if (has_mxcsr(op) &&
	    swc_slots_at(&w->slots, op->region, op->offset + XSAVE_MXCSR) !=
		    SWC_SLOT_MXCSR)
		return SWC_ERR_XSTATE;
	if (op->kind == SWC_OP_XRSTOR &&
	    (!header_is_zero(w, op) ||
	     swc_slots_at(&w->slots, op->region, op->offset + XSAVE_BV) !=
		     SWC_SLOT_BV))
		return SWC_ERR_XSTATE;
	return SWC_OK;
}

/* The state component mask is passed in EDX:EAX. */
static void spoil_mask_registers(struct walk *w)
{
	set_zero(w, SWC_REG_RAX, false);
	set_zero(w, SWC_REG_RDX, false);
}

/* Operations that are sums, copies, loads and stores, as their traits say. */
static __u32 do_plain(struct walk *w, const struct swc_op *op, __u32 traits)
{
	__u32 bytes = swc_shape_bytes(w->caps, op);
	bool vector = traits & SWC_HAS_VECTOR;
	bool zero = !vector;

	if (!vector && (traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT)))
		zero = zero && is_zero(w, op->src);
	if (!vector && (traits & SWC_HAS_BASE))
		zero = zero && is_zero(w, op->base);
	if (!vector && (traits & SWC_READS_DST))
		zero = zero && is_zero(w, op->dst);
	if (traits & SWC_READS_MEM)
		zero = zero && swc_slots_all(&w->slots, op->region, op->offset,
					     bytes, SWC_SLOT_ZERO);
	if (op->kind == SWC_OP_CMPXCHG) {
		zero = zero && is_zero(w, SWC_REG_RAX);
		set_zero(w, SWC_REG_RAX, zero);
	}

	if (traits & SWC_WRITES_MEM)
		write_slots(w, op->region, op->offset, bytes,
			    zero ? SWC_SLOT_ZERO : SWC_SLOT_UNKNOWN);
	if ((traits & SWC_WRITES_DST) && !vector)
		set_zero(w, op->dst, zero);
	if (traits & SWC_SETS_FLAGS)
		w->zero_flags = zero;
	return SWC_OK;
}

static __u32 step(struct walk *w, const struct swc_op *op)
{
	__u32 traits = swc_op_traits(op->kind)->traits;

	if (op->base == SWC_REG_RSP && w->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (op->base != SWC_REG_RSP && (traits & SWC_HAS_MEM) &&
	    !is_zero(w, op->base))
		return SWC_ERR_BASE;
	if (traits & SWC_SPOILS_FLAGS)
		w->zero_flags = false;

	switch (op->kind) {
	case SWC_OP_PUSH:
		return do_push(w, is_zero(w, op->src) ? SWC_SLOT_ZERO
						      : SWC_SLOT_UNKNOWN);
	case SWC_OP_POP:
		return do_pop(w, op);
	case SWC_OP_CALL:
		return do_call(w);
	case SWC_OP_RET:
		return do_ret(w);
	case SWC_OP_SWITCH:
		return do_switch(w, op);
	case SWC_OP_SP:
		return move_sp(w, (__s32)op->imm);
	case SWC_OP_SAVE:
		return do_save(w, op, false);
	case SWC_OP_RESTORE:
		return do_save(w, op, true);
	case SWC_OP_XSAVE:
		spoil_mask_registers(w);
		return do_xstate_save(w, op);
	case SWC_OP_FXSAVE:
		return do_xstate_save(w, op);
	case SWC_OP_XRSTOR:
		spoil_mask_registers(w);
		return do_xstate_restore(w, op);
	case SWC_OP_FXRSTOR:
		return do_xstate_restore(w, op);
	default:
		return do_plain(w, op, traits);
	}
}

/* Set the machine to the start of a replay. */
static __u32 start(struct walk *w)
{
	w->zero = 0xffff;
	w->zero_flags = true;
	w->ncalls = 0;
	w->block = 0;
	w->swept = 0;
	swc_slots_start(&w->slots, w->program->nregions);
	return arrive(w, w->program->entry_region, w->program->entry_offset);
}

/* Walk once from the first operation to the last. */
static int walk_once(struct walk *w, struct swc_error *err)
{
	const struct swc_program *p = w->program;
	struct swc_plan_op *planned;
	__u32 i, rc;

	rc = start(w);
	if (rc)
		return refuse(err, rc, p->nops);
	for (i = 0; i < p->nops; i++) {
		planned = &w->plan->ops[i];
		planned->block = w->block;
		planned->sp_region = w->sp_region;
		planned->sp_offset = w->sp_offset;
		planned->zero_flags = w->zero_flags;
		rc = step(w, &p->ops[i]);
		if (rc)
			return refuse(err, rc, i);
	}
	if (w->sp_region != p->entry_region || w->sp_offset != p->entry_offset)
		return refuse(err, SWC_ERR_END, p->nops);
	return 0;
}

static __u32 dirty_slots(const struct swc_slots *slots, __u32 nregions)
{
	__u32 i, n = 0;

	for (i = 0; i < slots->first[nregions] / 8; i++)
		n += swc_popcount(slots->dirty[i]) +
		     swc_popcount(slots->saved[i]);
	return n;
}

/* Walk until nothing new is left behind for the next replay to find. */
static int settle(struct walk *w, struct swc_error *err)
{
	__u32 nregions = w->program->nregions, before;
	int pass;

	for (pass = 0; pass < MAX_PASSES; pass++) {
		before = dirty_slots(&w->slots, nregions);
		if (walk_once(w, err))
			return -1;
		if (dirty_slots(&w->slots, nregions) == before)
			return 0;
	}
	return refuse(err, SWC_ERR_UNSTABLE, w->program->nops);
}

static int check_shapes(const struct swc_program *p,
			const struct swc_caps *caps, struct swc_plan *plan,
			struct swc_error *err)
{
	__u32 i, rc;

	for (i = 0; i < p->nops; i++) {
		rc = swc_shape_check(p, caps, &p->ops[i]);
		if (rc)
			return refuse(err, rc, i);
		plan->cycles += swc_shape_cycles(&p->ops[i]);
		if (plan->cycles > SWC_MAX_CYCLES)
			return refuse(err, SWC_ERR_TIME, i);
	}
	return 0;
}

int swc_verify(const struct swc_program *program, const struct swc_caps *caps,
	       void *workspace, struct swc_plan *plan, struct swc_error *err)
{
	struct walk w = {.program = program, .caps = caps, .plan = plan};
	__u8 *memory = workspace;
	__u32 rc = check_frame(program);

	if (rc)
		return refuse(err, rc, program->nops);
	memset(plan, 0, sizeof(*plan));
	plan->program = program;
	plan->caps = caps;
	plan->ops = workspace;
	w.call_block = (__u32 *)(memory + plan_bytes(program));
	swc_slots_init(&w.slots, program,
		       memory + plan_bytes(program) + call_bytes(program));

	if (check_shapes(program, caps, plan, err) || settle(&w, err))
		return -1;
	plan->nblocks = w.ncalls + 1;
	plan->last_block = w.block;
	err->code = SWC_OK;
	return 0;
}

static const char *const error_text[SWC_ERR_CODES] = {
	[SWC_OK] = "accepted",
	[SWC_ERR_EMPTY] = "the sequence is empty",
	[SWC_ERR_TOO_LONG] = "too many operations",
	[SWC_ERR_KIND] = "unknown operation",
	[SWC_ERR_OPERAND] = "an operand that this operation doesn't take",
	[SWC_ERR_REGISTER] = "register missing or not usable (rsp, rbp)",
	[SWC_ERR_SIZE] = "size not possible for this operation",
	[SWC_ERR_FLAGS] = "flag not possible for this operation",
	[SWC_ERR_IMMEDIATE] = "number out of range",
	[SWC_ERR_RESERVED] = "reserved member is not 0",
	[SWC_ERR_REGION] = "no such region",
	[SWC_ERR_BOUNDS] = "access outside its region",
	[SWC_ERR_ALIGNMENT] = "misaligned",
	[SWC_ERR_PAGES] = "region without pages, or too many pages or regions",
	[SWC_ERR_BASE] = "address base may not hold 0",
	[SWC_ERR_NO_STACK] = "stack operation before a switch to a region",
	[SWC_ERR_STACK] = "stack pointer would leave its region",
	[SWC_ERR_RETURN] = "no call's return address on top of the stack",
	[SWC_ERR_END] = "doesn't end on the stack it began on",
	[SWC_ERR_XSTATE] = "area of the extended state not fit for this",
	[SWC_ERR_UNSUPPORTED] = "not supported by this CPU or this module",
	[SWC_ERR_PRIVILEGED] = "possible in the kernel backend only",
	[SWC_ERR_TIME] = "one replay may take longer than the bound",
	[SWC_ERR_UNSTABLE] = "memory doesn't settle over repeated replays",
	[SWC_ERR_NO_SPACE] = "no code or region memory left",
	[SWC_ERR_STATE] = "state contradicts itself, or isn't possible here",
};

const char *swc_error_text(__u32 code)
{
	return code < SWC_ERR_CODES ? error_text[code] : "unknown error";
}
