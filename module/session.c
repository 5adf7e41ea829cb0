// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>

struct swc_session *swc_session_new(void)
{
	struct swc_session *session = kzalloc(sizeof(*session), SWC_GFP);

	if (!session)
		return NULL;
	session->account = swc_account_new();
	if (!session->account) {
		kfree(session);
		return NULL;
	}
	mutex_init(&session->lock);
	return session;
}

void swc_session_free(struct swc_session *session)
{
	swc_ring_free(&session->ring);
	swc_account_put(session->account);
	mutex_destroy(&session->lock);
	kfree(session);
}

int swc_session_map(struct swc_session *session, struct vm_area_struct *vma)
{
	int rc;

	/*
	 * The caller holds the lock of its address space, and an ioctl takes
	 * that lock when it copies from there: so waiting for the ioctl could
	 * last for ever.
	 */
	if (!mutex_trylock(&session->lock))
		return -EBUSY;
	rc = swc_ring_map(&session->ring, session->account, vma);
	mutex_unlock(&session->lock);
	return rc;
}
