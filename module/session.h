/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_SESSION_H
#define SWC_SESSION_H

#include <linux/mm_types.h>
#include <linux/mutex.h>

#include "ring.h"

/**
 * struct swc_session - what belongs to one open of the device
 * @lock: one ioctl at a time, and against mmap
 * @ring: where its samples go
 */
struct swc_session {
	struct mutex lock; /* see above */
	struct swc_sample_ring ring;
};

struct swc_session *swc_session_new(void); /* NULL: no memory. May sleep. */
void swc_session_free(struct swc_session *session);

/*
 * swc_session_map() - mmap(): as swc_ring_map(), or -EBUSY while an ioctl goes on.
 */
int swc_session_map(struct swc_session *session, struct vm_area_struct *vma);

#endif
