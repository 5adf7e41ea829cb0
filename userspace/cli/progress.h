/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_PROGRESS_H
#define SWC_CLI_PROGRESS_H

#include <stdbool.h>

/*
 * One line on stderr shows how far the verb has come, and how long it still takes, if
 * stderr is a terminal and the run takes longer than two seconds. A verb of several runs
 * shows each by itself, as a part; nobody knows before how many there will be.
 */

/*
 * progress_begin() - from now on, for all runs.
 * @quiet: no line
 * @verbose: even if stderr is no terminal, where each tenth is a line of its own, and
 *	however short the run
 */
void progress_begin(bool quiet, bool verbose);

/* progress_end() - take the line away, before anything else is printed. */
void progress_end(void);

#endif
