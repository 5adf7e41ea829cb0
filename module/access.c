// SPDX-License-Identifier: GPL-2.0
#include "access.h"

#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/security.h>

int swc_access_device(void)
{
	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	/* As for /dev/mem: the user makes us write into the kernel's text. */
	return security_locked_down(LOCKDOWN_DEV_MEM);
}

int swc_access_change(const struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return swc_access_device();
}

int swc_access_cpu(u32 cpu)
{
	if (cpu >= nr_cpu_ids)
		return -ENODEV;
	return cpumask_test_cpu(cpu, current->cpus_ptr) ? 0 : -EPERM;
}

int swc_access_counters(void)
{
	return perfmon_capable() ? 0 : -EACCES;
}

int swc_access_frames(void)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}
