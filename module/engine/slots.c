// SPDX-License-Identifier: GPL-2.0
#include "slots.h"

void swc_slots_init(struct swc_slots *slots, const struct swc_program *program,
		    void *memory)
{
	__u32 i, slot = 0;

	for (i = 0; i < program->nregions; i++) {
		slots->first[i] = slot;
		slot += program->regions[i].pages * SWC_SLOTS_PER_PAGE;
	}
	slots->first[i] = slot;
	slots->state = memory;
	slots->dirty = (__u8 *)(slots->state + slot);
	slots->saved = slots->dirty + slot / 8;
	slots->floor = (__u32 *)(slots->saved + slot / 8);
	memset(slots->dirty, 0, 2 * (slot / 8));
}

static bool bit(const __u8 *bits, __u32 slot)
{
	return bits[slot / 8] & (1u << (slot % 8));
}

void swc_slots_start(struct swc_slots *slots, __u32 nregions)
{
	__u32 i, n = slots->first[nregions];

	for (i = 0; i < n; i++)
		slots->state[i] = bit(slots->dirty, i)	 ? SWC_SLOT_UNKNOWN
				  : bit(slots->saved, i) ? SWC_SLOT_OLD_BV
							 : SWC_SLOT_ZERO;
	memset(slots->floor, 0, nregions * sizeof(*slots->floor));
}

void swc_slots_write(struct swc_slots *slots, __u32 region, __u32 offset,
		     __u32 bytes, __u16 state)
{
	__u32 end = offset + bytes, at, slot;
	__u16 new;

	for (at = offset & ~(SWC_SLOT_BYTES - 1); at < end;
	     at += SWC_SLOT_BYTES) {
		slot = slots->first[region] + at / SWC_SLOT_BYTES;
		new = state;
		if ((at < offset || at + SWC_SLOT_BYTES > end) &&
		    slots->state[slot] != state)
			new = SWC_SLOT_UNKNOWN;
		slots->state[slot] = new;
		if (new == SWC_SLOT_BV)
			slots->saved[slot / 8] |= 1u << (slot % 8);
		else if (new != SWC_SLOT_ZERO)
			slots->dirty[slot / 8] |= 1u << (slot % 8);
	}
}

bool swc_slots_all(const struct swc_slots *slots, __u32 region, __u32 offset,
		   __u32 bytes, __u16 state)
{
	__u32 at;

	for (at = offset & ~(SWC_SLOT_BYTES - 1); at < offset + bytes;
	     at += SWC_SLOT_BYTES) {
		if (swc_slots_at(slots, region, at) != state)
			return false;
	}
	return true;
}
