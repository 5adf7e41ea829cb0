// SPDX-License-Identifier: GPL-2.0
/*
 * The module can't be unloaded while anything of it is in use, whatever that
 * is, and can be afterwards. Ends with the module unloaded.
 */
#include "guest.h"

#include <sys/syscall.h>

static int unload(void)
{
	return syscall(SYS_delete_module, "switchcost", O_NONBLOCK);
}

static void refuse_unload(const char *name)
{
	int rc = unload(), seen = rc ? errno : 0;

	guest_check(rc && (seen == EBUSY || seen == EWOULDBLOCK), name,
		    "returned %d (%s)", rc, strerror(seen));
}

int main(void)
{
	int device = guest_open(), arm;
	const struct swc_sample *samples;
	struct swc_state cold = {
		.l1d.bits = {1},
		.l1d_bytes = 128 << 10,
		.flags = SWC_STATE_COLD_CODE,
	};
	struct swc_oracle_step steps[] = {{.kind = SWC_ORACLE_TOUCH},
					  {.kind = SWC_ORACLE_REPLAY}};
	uint8_t walks[64];
	struct swc_oracle oracle = {
		.steps = (uintptr_t)steps,
		.nsteps = GUEST_COUNT(steps),
		.npages = 1,
		.walks = (uintptr_t)walks,
		.nwalks = sizeof(walks),
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};
	struct swc_trial_source source = {.weight = 1, .sweep_pages = 3};
	struct swc_trial_sample taken[8];
	struct swc_trials trials;
	struct swc_load load;
	struct sequence s;
	struct swc_run run;

	refuse_unload("unload/the device is open");
	samples = guest_map(device, GUEST_PAGE_SAMPLES);
	load = guest_parse("region s 1\nswitch s+0x800\ncall\nret\n"
			   "switch back\n",
			   &s);
	load.state = (uintptr_t)&cold;
	arm = ioctl(device, SWC_IOC_LOAD, &load);
	guest_done("unload/a sequence that evicts", arm);
	sequence_free(&s);
	run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
	guest_done("unload/a run before", ioctl(device, SWC_IOC_RUN, &run));
	oracle.sequence = arm;
	guest_done("unload/a question before",
		   ioctl(device, SWC_IOC_ORACLE, &oracle));
	source.sequence = arm;
	trials = guest_trials(arm, taken, GUEST_COUNT(taken));
	trials.sources = (uintptr_t)&source;
	guest_done("unload/trials before",
		   ioctl(device, SWC_IOC_TRIALS, &trials));

	close(device);
	refuse_unload("unload/a buffer and a sequence are left");
	guest_unmap(samples, GUEST_PAGE_SAMPLES);
	refuse_unload("unload/a sequence is left");
	close(arm);
	guest_done("unload/nothing is left", unload());
	return guest_summary();
}
