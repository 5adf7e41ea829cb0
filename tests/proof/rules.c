// SPDX-License-Identifier: GPL-2.0
#include "world.h"

#include "engine/shape.h"

/*
 * Rules of the verifier's that are proved by themselves, each over all values of what it
 * is about.
 */

/* A write makes of a slot what it says, whatever was in it. */
void slots_write(void)
{
	__u32 offset = nondet_u32(), bytes = nondet_u32(), slot = nondet_u32();
	struct world w;
	bool whole, part, dirty;
	__u16 before, state = nondet_u32(), after;

	world_make(&w);
	ASSUME(bytes && bytes <= BYTES && offset >= w.offset[0] &&
	       offset - w.offset[0] <= BYTES - bytes);
	ASSUME(slot < SLOTS);
	before = w.state[slot];
	dirty = w.dirty[slot / 8] >> slot % 8 & 1;
	whole = offset <= w.offset[slot] &&
		offset + bytes >= w.offset[slot] + SWC_SLOT_BYTES;
	part = offset < w.offset[slot] + SWC_SLOT_BYTES &&
	       offset + bytes > w.offset[slot];
	swc_slots_write(&w.m.slots, 0, offset, bytes, state);
	after = w.state[slot];
	PROVE(part || after == before, "other slots stay");
	PROVE(!whole || after == state, "a whole slot is what was written");
	PROVE(!part || whole ||
		      after == (before == state ? state : SWC_SLOT_UNKNOWN),
	      "half a slot is unknown, if it wasn't the same before");
	PROVE(!part || after == SWC_SLOT_ZERO || after == SWC_SLOT_BV ||
		      (w.dirty[slot / 8] >> slot % 8 & 1),
	      "it is noted");
	PROVE(!dirty || (w.dirty[slot / 8] >> slot % 8 & 1),
	      "what is noted remains");
	END();
}

void slots_all(void)
{
	__u32 offset = nondet_u32(), bytes = nondet_u32(), i;
	__u16 state = nondet_u32();
	struct world w;
	bool all = true;

	world_make(&w);
	ASSUME(bytes && bytes <= BYTES && offset >= w.offset[0] &&
	       offset - w.offset[0] <= BYTES - bytes);
	for (i = 0; i < SLOTS; i++)
		all &= w.offset[i] + SWC_SLOT_BYTES <= offset ||
		       w.offset[i] >= offset + bytes || w.state[i] == state;
	PROVE(swc_slots_all(&w.m.slots, 0, offset, bytes, state) == all,
	      "all slots under the bytes have the state, or not");
	END();
}

/*
 * Whatever a replay leaves, what the next one takes for known is so: registers, flags and
 * memory that nobody wrote to hold 0. RSP is where it begins.
 */
void begin(void)
{
	struct world w;
	__u32 i, entry;

	world_make(&w);
	/* Of this region no slot but the followed ones is there. */
	w.m.slots.first[0] = 0;
	w.m.slots.first[REGIONS] = SLOTS;
	w.first_slot = 0;
	for (i = 0; i < SLOTS; i++) {
		ASSUME(w.offset[i] == i * SWC_SLOT_BYTES);
		ASSUME(!w.word[i] || (w.dirty[i / 8] >> i % 8 & 1) ||
		       (w.saved[i / 8] >> i % 8 & 1));
	}
	for (i = 0; i < REGISTERS; i++)
		w.reg[i] = 0;
	w.zf = true;
	entry = w.program.entry_region;
	ASSUME(entry == SWC_NO_REGION ||
	       (!entry && w.program.entry_offset <= BYTES));
	w.reg[SWC_REG_RSP] =
		entry == SWC_NO_REGION
			? w.host_rsp
			: w.address[entry] + w.program.entry_offset;
	w.index = 0;
	if (swc_machine_start(&w.m))
		return;
	world_interrupt(&w);
	world_prove(&w);
	END();
}

/* RSP is aligned as by the CPU, anywhere; step follows less, but what lies around it. */
void align(void)
{
	struct world w;
	struct swc_op op;
	__u64 rsp;
	__u32 rc;

	world_make(&w);
	op.kind = SWC_OP_ALIGN;
	ASSUME(swc_shape_check(&w.program, &w.caps, &op) == SWC_OK);
	ASSUME(w.m.sp_region == 0 && !(w.m.sp_offset % SWC_SLOT_BYTES) &&
	       w.m.sp_offset <= w.regions[0].pages * SWC_PAGE_BYTES);
	rsp = w.address[0] + w.m.sp_offset;
	rc = swc_machine_step(&w.m, &op, w.index);
	rsp &= (__u64)(__s64)(__s8)-op.imm;
	PROVE(rc == SWC_OK, "there is always a place that is aligned");
	PROVE(w.address[0] + w.m.sp_offset == rsp, "RSP is aligned as by AND");
	PROVE(!(rsp & (op.imm - 1)), "RSP is a multiple");
	END();
}

/* An operand that is accepted lies in its region, and names registers that it may. */
void shape(void)
{
	const struct swc_op_traits *t;
	struct swc_op op;
	struct world w;
	__u64 end;

	world_make(&w);
	if (swc_shape_check(&w.program, &w.caps, &op))
		return;
	t = swc_op_traits(op.kind);
	PROVE(t, "it is a kind");
	end = (__u64)op.offset + swc_shape_bytes(&w.caps, &op);
	PROVE(!(t->traits & SWC_HAS_MEM) || (op.flags & SWC_OPF_BACK) ||
		      (op.region < REGIONS &&
		       end <= w.regions[op.region].pages * SWC_PAGE_BYTES),
	      "an operand is in its region");
	PROVE(!(t->traits & SWC_WRITES_DST) || op.dst != SWC_REG_RSP ||
		      (t->traits & SWC_VECTOR_DST),
	      "no operand writes to RSP");
	PROVE(!(t->traits & SWC_ATOMIC) || !(op.offset & (op.size - 1)),
	      "a locked access is aligned");
	END();
}
