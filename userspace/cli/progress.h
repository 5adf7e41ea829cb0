/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_PROGRESS_H
#define SWC_CLI_PROGRESS_H

#include "run.h"

/*
 * progress_begin() - a line on stderr that shows how far a run has come, drawn over again
 * and again, if stderr is a terminal or @wanted. progress_end() takes it away.
 */
struct run_progress progress_begin(bool wanted);
void progress_end(const struct run_progress *progress);

#endif
