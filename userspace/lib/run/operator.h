/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_OPERATOR_H
#define SWC_LIB_OPERATOR_H

#include <stdbool.h>

/*
 * The operator is whoever started the command: someone who waits, and who may not want to
 * wait until the end. All runs of the process report to the same one how far they have
 * come, and end early by the same Ctrl-C, so neither is part of a run's plan.
 */

/* Whom runs report to, how much is done, from 0 to 1. */
struct run_progress {
	void (*tell)(void *context, double done);
	void *context;
};

/* operator_attend() - report to this one from now on; one without @tell: to nobody. */
void operator_attend(struct run_progress progress);

/* operator_tell() - report; for what goes on outside of run_rounds(). */
void operator_tell(double done);

/*
 * operator_listen() - from now on SIGINT ends nothing, but is noted, once: the next one
 * does what it did before. Calls may be nested, each with an operator_leave() after it,
 * which restores what SIGINT did. Where SIGINT is ignored, as under nohup, it stays so.
 */
void operator_listen(void);
void operator_leave(void);

/* operator_interrupted() - was there a SIGINT while somebody listened? It stays so. */
bool operator_interrupted(void);

/* operator_forget() - as if there had been none: for tests. */
void operator_forget(void);

#endif
