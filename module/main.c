// SPDX-License-Identifier: GPL-2.0
/*
 * switchcost - replays recorded stack-switch and register save/restore
 * sequences on a quiet CPU and measures them. The ABI is in uapi/switchcost.h.
 */
#include <linux/module.h>

#include "arena.h"
#include "cpu.h"
#include "device.h"
#include "counters.h"
#include "pool.h"

static int __init switchcost_init(void)
{
	int rc;

	rc = swc_cpu_init();
	if (rc)
		return rc;
	swc_counters_init();
	rc = swc_pool_init();
	if (rc)
		return rc;
	rc = swc_arena_init();
	if (rc)
		goto exit_pool;
	rc = swc_device_init();
	if (rc)
		goto exit_arena;
	return 0;

exit_arena:
	swc_arena_exit();
exit_pool:
	swc_pool_exit();
	return rc;
}

static void __exit switchcost_exit(void)
{
	swc_device_exit();
	swc_arena_exit();
	swc_pool_exit();
}

module_init(switchcost_init);
module_exit(switchcost_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Cycle measurement of replayed stack-switch sequences");
