/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RUN_H
#define SWC_RUN_H

#include <linux/fs.h>

#include "engine/sampler.h"
#include "sequence.h"
#include "session.h"

/**
 * struct swc_run_state - one RUN under way
 * @sequences: the arms' sequences
 * @files: what keeps them alive
 * @arms: as the sampler wants them
 * @narms: how many
 * @sampler: the loop's state
 * @window_ticks: longest time with interrupts off, in TSC ticks
 * @windows: so far
 */
struct swc_run_state {
	struct swc_sequence *sequences[SWC_MAX_ARMS];
	struct file *files[SWC_MAX_ARMS];
	struct swc_arm arms[SWC_MAX_ARMS];
	u32 narms;
	struct swc_sampler sampler;
	u64 window_ticks;
	u32 windows;
};

/**
 * swc_run() - carry out the ioctl
 * @session: whose sample buffer is filled
 * @run: in and out
 *
 * May sleep; one run at a time in the whole system. Return: 0, -EINVAL (a
 * reserved member, a flag, a limit, an isolation level this module hasn't),
 * -EBADF (an arm isn't a sequence), -ENODEV (CPU not online), -ENOBUFS
 * (no buffer is mapped, or it is too small), -E2BIG (warm replays and a sample
 * may exceed the longest window), -EINTR, -EIO (a sequence trapped; see traps).
 */
int swc_run(struct swc_session *session, struct swc_run *run);

#endif
