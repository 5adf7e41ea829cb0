// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "cpu.h"

#include <linux/errno.h>
#include <linux/printk.h>

#include "accessed.h"
#include "compat.h"
#include "hooks.h"
#include "segment.h"

static struct swc_caps caps;

int swc_cpu_init(void)
{
	swc_caps_probe(&caps);
	caps.privileged = true;
	caps.trap = swc_hook_traps();
	caps.shared_code = !swc_accessed_know_code();
	caps.direct = swc_avoids_indirect_branches();
	caps.plain = !swc_segment_is_usable();
	if (caps.rdtscp)
		return 0;
	pr_err("this CPU has no RDTSCP\n");
	return -ENODEV;
}

const struct swc_caps *swc_cpu_caps(void)
{
	return &caps;
}
