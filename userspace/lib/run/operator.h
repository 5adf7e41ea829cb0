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
 * operator_listen() - from now on SIGINT and SIGTERM end nothing, but are noted. The next
 * SIGINT does what it did before. SIGTERM goes on being noted, since timeout(1) sends it
 * twice at once, to the command and to its process group: SIGKILL ends whoever it doesn't.
 * Calls may be nested, each with an operator_leave() after it, which restores what both
 * did. Where one is ignored, as SIGINT under nohup, it stays so.
 */
void operator_listen(void);
void operator_leave(void);

/* operator_interrupted() - was there one while somebody listened? It stays so. */
bool operator_interrupted(void);

/*
 * operator_is_alone() - was it sent to this process, and not by a terminal to all in front
 * of it? Then children haven't heard of it.
 */
bool operator_is_alone(void);

/* operator_forget() - as if there had been none: for tests. */
void operator_forget(void);

#endif
