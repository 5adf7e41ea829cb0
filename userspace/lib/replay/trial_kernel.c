// SPDX-License-Identifier: GPL-2.0
#include "trial_kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "engine/slots.h"

static int run_failed(const struct swc_trials *trials, struct error *err)
{
	switch (errno) {
	case ENODEV:
		return error_set(err, EXIT_USAGE,
				 "cpu %u: not online: choose another (--cpu)",
				 trials->cpu);
	case E2BIG:
		error_set(
			err, EXIT_USAGE,
			"a trial of %u victims may take longer than a window, "
			"even with interrupts on: ask for fewer (--victims, "
			"--l2-share), or for a shorter sequence",
			trials->nvictims);
		return 1;
	case ETIME:
		return error_set(err, EXIT_CHECK_FAILED,
				 "trials of %u victims: a window lasted longer "
				 "than it may, even with interrupts on: ask "
				 "for fewer (--victims, --l2-share), or for a "
				 "shorter sequence",
				 trials->nvictims);
	case EIO:
		return error_set(err, EXIT_CHECK_FAILED,
				 SWC_DEVICE ": a sequence trapped; the "
					    "kernel's log says where");
	case EINTR:
		return error_set(err, EXIT_CHECK_FAILED, "interrupted");
	case ENOTTY:
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": TRIALS: another ABI; rebuild "
					    "and reload the module");
	default:
		return error_set(err, EXIT_IMPOSSIBLE,
				 SWC_DEVICE ": TRIALS: %s", strerror(errno));
	}
}

int trial_kernel_run(int device, struct swc_trials *trials, struct error *err)
{
	static const enum swc_isolation levels[] = {
		SWC_ISOLATION_IRQ_OFF,
		SWC_ISOLATION_PREEMPT_OFF,
	};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		trials->isolation = levels[i];
		if (!ioctl(device, SWC_IOC_TRIALS, trials))
			return 0;
		if (errno != E2BIG && errno != ETIME)
			break;
	}
	return run_failed(trials, err);
}

uint32_t trial_kernel_set(const __u64 *frames,
			  const struct swc_trial_victim *victim, uint32_t sets)
{
	uint64_t address =
		frames[victim->offset / SWC_PAGE_BYTES] * SWC_PAGE_BYTES +
		victim->offset % SWC_PAGE_BYTES;

	return address / SWC_LINE_BYTES % sets;
}
