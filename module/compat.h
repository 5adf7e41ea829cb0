/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_COMPAT_H
#define SWC_COMPAT_H

/* Differences between kernels, 6.1 and later, all in one place. */

#include <linux/mm.h>
#include <linux/version.h>

/* vm_flags became read-only in 6.3. */
static inline void swc_vm_flags_clear(struct vm_area_struct *vma,
				      unsigned long flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags &= ~flags;
#else
	vm_flags_clear(vma, flags);
#endif
}

#endif
