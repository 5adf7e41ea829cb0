// SPDX-License-Identifier: GPL-2.0
#include "trial_user.h"

#include <fenv.h>

#include "elapsed.h"
#include "pin.h"
#include "watch.h"

/*
 * Between bursts the loop looks at the time, and at counters that are of whole
 * bursts.
 */
#define BURST_TICKS 10000000u

static void run_bursts(struct swc_trial *t, struct watch *watch, double end)
{
	uint32_t from;
	uint16_t near;

	do {
		from = t->produced;
		swc_trial_burst(t, BURST_TICKS);
		near = watch_burst(watch);
		while (from < t->produced)
			t->samples[from++].flags |= near;
	} while (t->capacity - t->produced >= t->probes && elapsed() < end);
}

int trial_user_run(struct swc_trial *t, uint32_t cpu, double seconds,
		   struct error *err)
{
	double end = elapsed() + seconds;
	struct watch watch;
	fenv_t environment;
	struct pin pin;

	if (pin_begin(&pin, cpu, err))
		return -1;
	watch_open(&watch, cpu);
	t->watch = watch_samples(&watch);
	/* A replayed FXRSTOR may leave x87 exceptions pending. */
	fegetenv(&environment);
	run_bursts(t, &watch, end);
	fesetenv(&environment);
	watch_close(&watch);
	pin_end(&pin);
	return 0;
}
