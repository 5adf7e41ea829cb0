// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"

struct swc_session *swc_session_new(void)
{
	struct swc_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (session)
		mutex_init(&session->lock);
	return session;
}

void swc_session_free(struct swc_session *session)
{
	vfree(session->samples);
	mutex_destroy(&session->lock);
	kfree(session);
}

static int map_new_buffer(struct swc_session *session,
			  struct vm_area_struct *vma, unsigned long bytes)
{
	void *buffer = vmalloc_user(bytes);
	int rc;

	if (!buffer)
		return -ENOMEM;
	rc = remap_vmalloc_range(vma, buffer, 0);
	if (rc) {
		vfree(buffer);
		return rc;
	}
	session->samples = buffer;
	session->capacity = bytes / sizeof(*session->samples);
	return 0;
}

int swc_session_map(struct swc_session *session, struct vm_area_struct *vma)
{
	unsigned long bytes = vma->vm_end - vma->vm_start;
	int rc;

	if (vma->vm_pgoff || !(vma->vm_flags & VM_SHARED) ||
	    bytes > SWC_MAX_SAMPLES * sizeof(*session->samples))
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	swc_vm_flags_clear(vma, VM_MAYWRITE);

	mutex_lock(&session->lock);
	rc = session->samples ? -EBUSY : map_new_buffer(session, vma, bytes);
	mutex_unlock(&session->lock);
	return rc;
}
