/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_SESSION_H
#define SWC_SESSION_H

#include <linux/mm_types.h>
#include <linux/mutex.h>

#include "ring.h"

/**
 * struct swc_session - what belongs to one open of the device
 * @lock: held by a RUN and by mmap, which both use @ring. ORACLE and TRIALS use
 *	nothing of the session and don't take it: they wait for one another, and
 *	for any RUN, at swc_window_lock().
 * @ring: where its samples go
 * @account: what it has taken
 */
struct swc_session {
	struct mutex lock; /* of @ring */
	struct swc_sample_ring ring;
	struct swc_account *account;
};

struct swc_session *swc_session_new(void); /* NULL: no memory. May sleep. */
void swc_session_free(struct swc_session *session);

/*
 * swc_session_map() - mmap(): as swc_ring_map(), or -EBUSY while a RUN goes on.
 */
int swc_session_map(struct swc_session *session, struct vm_area_struct *vma);

#endif
