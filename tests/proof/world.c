// SPDX-License-Identifier: GPL-2.0
#include "world.h"

#include "engine/emit.h"

#define FACT(fact, words)                   \
	do {                                \
		if (given)                  \
			ASSUME(fact);       \
		else                        \
			PROVE(fact, words); \
	} while (0)

#define HALF 0x80000000ull

__u64 code_after(__u32 block)
{
	return 1ull << 40 | block;
}

__u64 code_of_aim(__u32 op)
{
	return 2ull << 40 | op;
}

/* Of the lowest bytes, all bits. */
static __u64 mask(__u32 bytes)
{
	return bytes < 8 ? (1ull << 8 * bytes) - 1 : ~0ull;
}

__u64 world_bytes(const struct world *w, __u32 slot, __u32 region, __u32 offset,
		  __u32 bytes)
{
	__u32 begin = w->offset[slot], end = begin + SWC_SLOT_BYTES;
	__u32 from = offset < begin ? 0 : offset < end ? offset - begin : 8;
	__u32 to = offset + bytes > end	    ? 8
		   : offset + bytes > begin ? offset + bytes - begin
					    : 0;

	return region == 0 && from < to ? mask(to) & ~mask(from) : 0;
}

__u64 world_load(const struct world *w, __u32 region, __u32 offset, __u32 bytes)
{
	__u32 shift = 8 * (offset % SWC_SLOT_BYTES), i, slot;
	__u64 value = 0;

	slot = offset / SWC_SLOT_BYTES - w->first_slot;
	for (i = 0; i < SLOTS; i++) {
		value |= i == slot ? w->word[i] >> shift : 0;
		value |= i == slot + 1 && shift ? w->word[i] << (64 - shift)
						: 0;
	}
	return value & mask(bytes);
}

void world_store(struct world *w, __u32 region, __u32 offset, __u64 value,
		 __u32 bytes)
{
	__u32 shift = 8 * (offset % SWC_SLOT_BYTES), i, slot;
	__u64 touched, part;

	slot = offset / SWC_SLOT_BYTES - w->first_slot;
	for (i = 0; i < SLOTS; i++) {
		touched = world_bytes(w, i, region, offset, bytes);
		part = i == slot ? value << shift
		       : shift	 ? value >> (64 - shift)
				 : 0;
		w->word[i] = (w->word[i] & ~touched) | (part & touched);
	}
}

/*
 * All regions lie in the lowest 2 GiB of addresses, or in the highest; the end of one
 * is an address of the same half.
 */
static void place_regions(struct world *w)
{
	bool top = nondet_bool();
	__u32 i, begin;

	for (i = 0; i < REGIONS; i++) {
		begin = nondet_u32();
		ASSUME(w->regions[i].pages >= 1 &&
		       w->regions[i].pages <= SWC_MAX_PAGES);
		ASSUME(!(begin % SWC_PAGE_BYTES) && begin >= SWC_SEGMENT_BASE &&
		       begin + w->regions[i].pages * (__u64)SWC_PAGE_BYTES <
			       HALF);
		w->address[i] = begin + (top ? -HALF : 0);
	}
	ASSUME(w->first_slot <= SWC_MAX_PAGES * SWC_SLOTS_PER_PAGE);
	w->m.slots.first[0] = -w->first_slot;
	w->m.slots.first[1] = SLOTS;
	for (i = 0; i < SLOTS; i++)
		w->offset[i] = (w->first_slot + i) * SWC_SLOT_BYTES;
}

/*
 * Memory that the engine's pointers lead to. Each is an object of its own: an index into one
 * can't be taken for one into another.
 */
static struct swc_region regions[REGIONS];
static struct swc_proof_op ops[OPS];
static __u16 state[SLOTS];
static __u8 dirty[(SLOTS + 7) / 8];
static __u8 saved[(SLOTS + 7) / 8];
static __u32 floors[REGIONS];
static __u32 call_block[CALLS];
static __u32 due[CALLS];

static void make_arrays(struct world *w)
{
	__CPROVER_havoc_object(regions);
	__CPROVER_havoc_object(ops);
	__CPROVER_havoc_object(state);
	__CPROVER_havoc_object(dirty);
	__CPROVER_havoc_object(saved);
	__CPROVER_havoc_object(floors);
	__CPROVER_havoc_object(call_block);
	__CPROVER_havoc_object(due);
	w->regions = regions;
	w->ops = ops;
	w->state = state;
	w->dirty = dirty;
	w->saved = saved;
	w->floor = floors;
	w->call_block = call_block;
	w->due = due;
}

void world_make(struct world *w)
{
	make_arrays(w);
	w->program.regions = w->regions;
	w->program.nregions = REGIONS;
	w->proof.program = &w->program;
	w->proof.caps = &w->caps;
	w->m.program = &w->program;
	w->m.caps = &w->caps;
	w->m.proof = &w->proof;
	w->m.unproved = NULL;
	ASSUME(w->m.sp_region == SWC_NO_REGION || w->m.sp_region < REGIONS);
	w->m.slots.state = w->state;
	w->m.slots.dirty = w->dirty;
	w->m.slots.saved = w->saved;
	w->m.slots.floor = w->floor;
	ASSUME(w->index < OPS);
	ASSUME(w->m.ncalls < CALLS);
	w->m.call_block = w->call_block;
	w->m.due = w->due;
	w->proof.ops = w->ops;
	/* As the frame's check has it. */
	ASSUME(w->program.entry_region == SWC_NO_REGION ||
	       w->program.entry_region < REGIONS);
	place_regions(w);
	if (w->program.entry_region != SWC_NO_REGION)
		ASSUME(w->program.entry_offset <=
			       w->regions[w->program.entry_region].pages *
				       SWC_PAGE_BYTES &&
		       !(w->program.entry_offset % SWC_SLOT_BYTES));
}

static void register_holds(struct world *w, bool given, __u32 reg)
{
	FACT(reg == SWC_REG_RSP || !(w->m.zero >> reg & 1) || !w->reg[reg],
	     "a register that is proved to hold 0 does");
}

static void vector_holds(struct world *w, bool given, __u32 reg)
{
	__u8 zero = w->m.vectors.zero[reg];

	FACT(zero == 0 || zero == 16 || zero == 64,
	     "a vector register is 0 in its lowest 0, 16 or 64 bytes");
	FACT(zero <= 8 * w->lane || !w->vector[reg],
	     "a vector register that is proved to be 0 is");
}

static void stack_holds(struct world *w, bool given)
{
	const struct swc_machine *m = &w->m;
	__u32 region = m->sp_region;

	if (region == SWC_NO_REGION) {
		FACT(w->reg[SWC_REG_RSP] == w->host_rsp, "RSP is the host's");
		return;
	}
	FACT(region < REGIONS, "RSP's region is one");
	FACT(m->sp_offset <= w->regions[region].pages * SWC_PAGE_BYTES,
	     "RSP is in its region");
	FACT(!(m->sp_offset % SWC_SLOT_BYTES), "RSP is aligned");
	FACT(w->reg[SWC_REG_RSP] == w->address[region] + m->sp_offset,
	     "RSP is where the verifier says");
	FACT(m->slots.floor[region] == m->sp_offset,
	     "all below RSP is known to be unknown");
}

static bool marked(const __u8 *bits, __u32 n)
{
	return bits[n / 8] >> n % 8 & 1;
}

static void slot_holds(struct world *w, bool given, __u32 i)
{
	__u16 state = w->state[i];
	bool bv = state == SWC_SLOT_BV || state == SWC_SLOT_OLD_BV;

	FACT(state != SWC_SLOT_ZERO || !w->word[i],
	     "memory that is proved to be 0 is");
	FACT(w->offset[i] >= w->floor[0] || state == SWC_SLOT_UNKNOWN,
	     "all below a floor is unknown");
	FACT(!bv || marked(w->saved, i),
	     "an XSTATE_BV is noted for replays to come");
	FACT(bv || state == SWC_SLOT_ZERO || marked(w->dirty, i),
	     "what isn't 0 is noted for replays to come");
	FACT(!w->word[i] || marked(w->dirty, i) || marked(w->saved, i),
	     "what the next replay takes for 0 is");
	FACT(state < SWC_SLOT_CALL + w->m.ncalls,
	     "a return address is that of a call");
}

/* A return address that was stored is where the call, or the AIM, leads. */
static void address_holds(struct world *w, bool given, __u32 slot, __u32 call)
{
	__u32 leads = w->call_block[call];

	FACT(w->state[slot] != SWC_SLOT_CALL + call || leads == RETURNED ||
		     w->word[slot] == (leads & AIMED
					       ? code_of_aim(leads & ~AIMED)
					       : code_after(leads)),
	     "a return address is its call's");
}

/* Nothing returns twice to one place, so the code after a place is there once. */
static void call_holds(struct world *w, bool given, __u32 i, __u32 other)
{
	const struct swc_machine *m = &w->m;
	__u32 leads = w->call_block[i];
	bool waits = i < m->ncalls && leads != RETURNED;

	FACT(i >= m->ndue || w->due[i] < m->ncalls, "what is due is a call");
	FACT(i >= m->ndue || w->call_block[w->due[i]] == RETURNED ||
		     !(w->call_block[w->due[i]] & AIMED),
	     "an AIM isn't due");
	FACT(!waits ||
		     (leads & AIMED ? (leads & ~AIMED) < w->index
				    : leads < m->nblocks && leads != m->block),
	     "a call waits in a block of its own");
	FACT(!waits || i <= other || leads != w->call_block[other],
	     "no two calls wait in one block");
}

static void machine_holds(struct world *w, bool given)
{
	const struct swc_machine *m = &w->m;

	FACT(m->zero >> SWC_REG_RSP & 1, "RSP counts as 0");
	FACT(!m->zero_flags || w->zf,
	     "flags that are proved to be of a zero are");
	FACT(!(w->floor[0] % SWC_SLOT_BYTES), "floors are at slots");
	FACT(m->ncalls <= MAX_CALLS, "calls have numbers of 16 bits");
	FACT(m->ndue <= m->ncalls, "each call is due once at most");
	FACT(m->block < m->nblocks, "the block is one");
	FACT(m->nblocks <= w->index + 1,
	     "an operation begins one block at most");
}

void world_assume(struct world *w)
{
	__u32 i, k;

	ASSUME(w->lane < LANES);
	machine_holds(w, true);
	stack_holds(w, true);
	for (i = 0; i < REGISTERS; i++) {
		register_holds(w, true, i);
		vector_holds(w, true, i);
	}
	for (i = 0; i < SLOTS; i++) {
		slot_holds(w, true, i);
		for (k = 0; k < CALLS; k++)
			address_holds(w, true, i, k);
	}
	for (i = 0; i < CALLS; i++) {
		for (k = 0; k < i; k++)
			call_holds(w, true, i, k);
		call_holds(w, true, i, i);
	}
}

static __u32 any_below(__u32 n)
{
	__u32 i = nondet_u32();

	ASSUME(i < n);
	return i;
}

void world_prove(struct world *w)
{
	__u32 slot = any_below(SLOTS), call = any_below(CALLS);

	machine_holds(w, false);
	stack_holds(w, false);
	register_holds(w, false, any_below(REGISTERS));
	vector_holds(w, false, any_below(REGISTERS));
	slot_holds(w, false, slot);
	address_holds(w, false, slot, call);
	call_holds(w, false, call, any_below(CALLS));
}

void world_interrupt(struct world *w)
{
	__u32 i;
	__u64 any;

	for (i = 0; i < SLOTS; i++) {
		any = nondet_u64();
		w->word[i] = w->m.sp_region == 0 &&
					     w->offset[i] < w->m.sp_offset
				     ? any
				     : w->word[i];
	}
}
