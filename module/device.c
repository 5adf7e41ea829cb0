// SPDX-License-Identifier: GPL-2.0
#include "device.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>

#include "access.h"
#include "arena.h"
#include "cpu.h"
#include "fault.h"
#include "counters.h"
#include "loaded.h"
#include "oracle.h"
#include "run.h"
#include "session.h"
#include "ioctl_trials.h"
#include "window.h"

static int device_open(struct inode *inode, struct file *file)
{
	struct swc_session *session;
	int rc;

	rc = swc_access_device();
	if (rc)
		return rc;
	rc = swc_fault_get();
	if (rc)
		return rc;
	session = swc_session_new();
	if (!session) {
		swc_fault_put();
		return -ENOMEM;
	}
	file->private_data = session;
	return nonseekable_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	swc_session_free(file->private_data);
	swc_fault_put();
	return 0;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return swc_session_map(file->private_data, vma);
}

static long get_info(void __user *arg)
{
	const struct swc_caps *caps = swc_cpu_caps();
	struct swc_info info = {
		.abi_version = SWC_ABI_VERSION,
		.max_ops = SWC_MAX_OPS,
		.max_regions = SWC_MAX_REGIONS,
		.max_pages = SWC_MAX_PAGES,
		.max_arms = SWC_MAX_ARMS,
		.max_samples = SWC_MAX_SAMPLES,
		.code_bytes = SWC_ARENA_BYTES,
		.window_default_ns = SWC_WINDOW_DEFAULT_NS,
		.window_max_ns = SWC_WINDOW_MAX_NS,
		.tsc_khz = tsc_khz,
		.capabilities = swc_window_capabilities() |
				swc_counters_capabilities() |
				SWC_CAP_TLB_ORACLE | SWC_CAP_TRIALS,
		.xstate_mask = caps->xstate_mask,
	};

	if (caps->trap)
		info.capabilities |= SWC_CAP_TRAP;
	if (!caps->shared_code)
		info.capabilities |= SWC_CAP_CODE_PAGES;
	if (!caps->direct)
		info.capabilities |= SWC_CAP_INDIRECT;
	if (!caps->plain)
		info.capabilities |= SWC_CAP_SEGMENT;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long load_sequence(struct swc_session *session, void __user *arg)
{
	struct swc_load load;
	int fd;

	if (copy_from_user(&load, arg, sizeof(load)))
		return -EFAULT;
	fd = swc_sequence_load(session->account, &load);
	/*
	 * A descriptor, once installed, can't be taken back. If the answer
	 * can't be written, the descriptor stays in the process's table until
	 * that exits.
	 */
	if (copy_to_user(arg, &load, sizeof(load)) && fd < 0)
		return -EFAULT;
	return fd;
}

static long run_arms(struct swc_session *session, void __user *arg)
{
	struct swc_run run;
	long rc;

	if (copy_from_user(&run, arg, sizeof(run)))
		return -EFAULT;
	rc = mutex_lock_interruptible(&session->lock);
	if (rc)
		return rc;
	rc = swc_run(session, &run);
	mutex_unlock(&session->lock);
	if (copy_to_user(arg, &run, sizeof(run)))
		return -EFAULT;
	return rc;
}

static long ask_oracle(void __user *arg)
{
	struct swc_oracle oracle;
	long rc;

	if (copy_from_user(&oracle, arg, sizeof(oracle)))
		return -EFAULT;
	rc = swc_oracle_ask(&oracle);
	if (copy_to_user(arg, &oracle, sizeof(oracle)))
		return -EFAULT;
	return rc;
}

static long run_trials(struct swc_session *session, void __user *arg)
{
	struct swc_trials trials;
	long rc;

	if (copy_from_user(&trials, arg, sizeof(trials)))
		return -EFAULT;
	rc = swc_ioctl_trials(session->account, &trials);
	if (copy_to_user(arg, &trials, sizeof(trials)))
		return -EFAULT;
	return rc;
}

static long change(struct swc_session *session, unsigned int cmd,
		   void __user *user)
{
	switch (cmd) {
	case SWC_IOC_LOAD:
		return load_sequence(session, user);
	case SWC_IOC_RUN:
		return run_arms(session, user);
	case SWC_IOC_ORACLE:
		return ask_oracle(user);
	case SWC_IOC_TRIALS:
		return run_trials(session, user);
	default:
		return -ENOTTY;
	}
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	int rc;

	if (cmd == SWC_IOC_GET_INFO)
		return get_info(user);
	rc = swc_access_change(file);
	return rc ? rc : change(file->private_data, cmd, user);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.mmap = device_mmap,
	.unlocked_ioctl = device_ioctl,
	/* Nothing in the structures depends on the size of a pointer. */
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "switchcost",
	.fops = &device_fops,
	.mode = 0600,
};

int swc_device_init(void)
{
	return misc_register(&device);
}

void swc_device_exit(void)
{
	misc_deregister(&device);
}
