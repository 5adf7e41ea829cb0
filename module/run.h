/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RUN_H
#define SWC_RUN_H

#include "session.h"

/**
 * swc_run() - carry out the ioctl
 * @session: whose ring is filled
 * @run: in and out
 *
 * May sleep; one run at a time in the whole system. Return: 0, -EINVAL (a
 * reserved member, a flag, a limit, an isolation level this module hasn't),
 * -EBADF (an arm isn't a sequence), -ENODEV (CPU not online), -ENOBUFS (no ring
 * is mapped, or it is full), -EOPNOTSUPP (the level isn't possible on this CPU
 * now), -E2BIG (warm replays, preparation and a sample may take longer than a
 * window, by the model or by the rehearsal), -ETIME (a window took longer),
 * -EINTR, -EIO (a sequence trapped; see traps), and what swc_events_open() and
 * swc_events_close() return.
 */
int swc_run(struct swc_session *session, struct swc_run *run);

#endif
