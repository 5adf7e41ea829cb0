/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_SESSION_H
#define SWC_SESSION_H

#include <linux/mm_types.h>
#include <linux/mutex.h>

#include "uapi/switchcost.h"

/**
 * struct swc_session - what belongs to one open of the device
 * @lock: one ioctl at a time, and against mmap
 * @samples: the sample buffer, mapped by the user; NULL before the first mmap
 * @capacity: in samples
 */
struct swc_session {
	struct mutex lock; /* see above */
	struct swc_sample *samples;
	u32 capacity;
};

struct swc_session *swc_session_new(void); /* NULL: no memory. May sleep. */
void swc_session_free(struct swc_session *session);

/**
 * swc_session_map() - allocate the sample buffer and map it
 * @session: the session
 * @vma: read-only, shared, offset 0, at most SWC_MAX_SAMPLES samples
 *
 * Return: 0, -EINVAL, -EPERM (writable), -EBUSY (mapped already), -ENOMEM.
 */
int swc_session_map(struct swc_session *session, struct vm_area_struct *vma);

#endif
