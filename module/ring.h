/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RING_H
#define SWC_RING_H

#include <linux/mm_types.h>

#include "frames.h"
#include "uapi/switchcost.h"

/**
 * struct swc_sample_ring - the kernel's end of the ring of samples
 * @frames: its memory
 * @shared: the page of indices, mapped by the user; NULL before the first mmap
 * @samples: after it
 * @capacity: of them
 * @head: samples produced. The kernel's own: what is in the shared page may be
 *	anything.
 */
struct swc_sample_ring {
	struct swc_frames frames;
	struct swc_ring *shared;
	struct swc_sample *samples;
	u32 capacity;
	u64 head;
};

/**
 * swc_ring_map() - allocate the ring and map it
 * @ring: not mapped yet
 * @account: that it is counted in
 * @vma: shared, offset 0, a page and samples, at most SWC_MAX_SAMPLES
 *
 * May sleep. Return: 0, -EINVAL, -EBUSY (mapped already), -ENOMEM, -ENOSPC
 * (as swc_account_charge()).
 */
int swc_ring_map(struct swc_sample_ring *ring, struct swc_account *account,
		 struct vm_area_struct *vma);
void swc_ring_free(struct swc_sample_ring *ring);

/**
 * swc_ring_room() - where the next samples go
 * @ring: the ring
 * @at: set to the first
 *
 * Whatever the user has written, the answer lies within the ring. Any context.
 * Return: how many, one after the other; 0: full, not mapped, or the reader's
 * index makes no sense.
 */
u32 swc_ring_room(const struct swc_sample_ring *ring, struct swc_sample **at);

/* swc_ring_publish() - @n more samples are there for the reader. */
void swc_ring_publish(struct swc_sample_ring *ring, u32 n);

/* swc_ring_rewind() - forget all samples. */
void swc_ring_rewind(struct swc_sample_ring *ring);

#endif
