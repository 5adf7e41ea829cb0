// SPDX-License-Identifier: GPL-2.0
/*
 * switchcost - replays recorded stack-switch and register save/restore
 * sequences on a quiet CPU and measures them. The ABI is in uapi/switchcost.h.
 */
#include <linux/module.h>

#include "arena.h"
#include "cpu.h"
#include "device.h"
#include "fault.h"
#include "gauges.h"
#include "pool.h"
#include "twin.h"

static bool planted_faults;
module_param(planted_faults, bool, 0444);
MODULE_PARM_DESC(planted_faults,
		 "accept the trap operation, to test the recovery from faults");

static uint planted_oracle_fault;
module_param(planted_oracle_fault, uint, 0444);
MODULE_PARM_DESC(planted_oracle_fault,
		 "break a control of the TLB oracle, 1 to 4: see module/twin.c");

static uint planted_slow_us;
module_param(planted_slow_us, uint, 0444);
MODULE_PARM_DESC(planted_slow_us, "make samples and trials longer by so much");

static uint planted_slow_from;
module_param(planted_slow_from, uint, 0444);
MODULE_PARM_DESC(planted_slow_from,
		 "but not so many of them, the first, rehearsals included");

static int __init switchcost_init(void)
{
	int rc;

	rc = swc_cpu_init(planted_faults);
	if (rc)
		return rc;
	swc_gauges_init();
	swc_twin_plant(planted_oracle_fault);
	swc_gauges_plant(planted_slow_us, planted_slow_from);
	rc = swc_pool_init();
	if (rc)
		return rc;
	rc = swc_arena_init();
	if (rc)
		goto exit_pool;
	rc = swc_fault_init();
	if (rc)
		goto exit_arena;
	rc = swc_device_init();
	if (rc)
		goto exit_fault;
	return 0;

exit_fault:
	swc_fault_exit();
exit_arena:
	swc_arena_exit();
exit_pool:
	swc_pool_exit();
	return rc;
}

static void __exit switchcost_exit(void)
{
	swc_device_exit();
	swc_fault_exit();
	swc_arena_exit();
	swc_pool_exit();
}

module_init(switchcost_init);
module_exit(switchcost_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Cycle measurement of replayed stack-switch sequences");
