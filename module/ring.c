// SPDX-License-Identifier: GPL-2.0
#include "ring.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <asm/barrier.h>

#include "compat.h"

static_assert(sizeof(struct swc_ring) <= SWC_RING_SAMPLES_OFFSET);
static_assert(SWC_RING_SAMPLES_OFFSET == PAGE_SIZE);

#define MAX_BYTES \
	(SWC_RING_SAMPLES_OFFSET + SWC_MAX_SAMPLES * sizeof(struct swc_sample))

int swc_ring_map(struct swc_sample_ring *ring, struct swc_account *account,
		 struct vm_area_struct *vma)
{
	unsigned long bytes = vma->vm_end - vma->vm_start;
	struct swc_frames frames = {};
	int rc;

	if (vma->vm_pgoff || !(vma->vm_flags & VM_SHARED) ||
	    bytes <= SWC_RING_SAMPLES_OFFSET || bytes > MAX_BYTES)
		return -EINVAL;
	if (ring->shared)
		return -EBUSY;
	/* There is nothing to be found where the mapping would grow to. */
	swc_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	rc = swc_frames_get(&frames, account, bytes >> PAGE_SHIFT, 0);
	if (!rc)
		rc = vm_map_pages(vma, frames.pages, frames.npages);
	if (rc) {
		swc_frames_put(&frames);
		return rc;
	}
	ring->frames = frames;
	ring->shared = frames.at;
	ring->samples = frames.at + SWC_RING_SAMPLES_OFFSET;
	ring->capacity =
		(bytes - SWC_RING_SAMPLES_OFFSET) / sizeof(*ring->samples);
	return 0;
}

void swc_ring_free(struct swc_sample_ring *ring)
{
	swc_frames_put(&ring->frames);
}

u32 swc_ring_room(const struct swc_sample_ring *ring, struct swc_sample **at)
{
	u64 used;
	u32 place;

	if (!ring->shared)
		return 0;
	/* The reader is done with what lies before its index: acquire. */
	used = ring->head - smp_load_acquire(&ring->shared->tail);
	if (used >= ring->capacity)
		return 0;
	div_u64_rem(ring->head, ring->capacity, &place);
	*at = ring->samples + place;
	return min_t(u32, ring->capacity - used, ring->capacity - place);
}

void swc_ring_publish(struct swc_sample_ring *ring, u32 n)
{
	ring->head += n;
	/* The samples before the index that says they are there: release. */
	smp_store_release(&ring->shared->head, ring->head);
}

void swc_ring_rewind(struct swc_sample_ring *ring)
{
	ring->head = 0;
	WRITE_ONCE(ring->shared->tail, 0);
	WRITE_ONCE(ring->shared->head, 0);
}
