/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_WAITSTATUS_H
#define SWC_RECORD_WAITSTATUS_H

#include <stdbool.h>

/* waitpid() reports this of a traced thread. */

/* Why a thread stopped; see ptrace(2), "Stopped states". */
enum stop_kind {
	STOP_SIGNAL, /* a signal is about to be delivered, or a step done */
	STOP_TRAP,   /* it was asked to stop, or it is new */
	STOP_JOB,    /* job control has stopped it */
	STOP_CLONE,
	STOP_FORK,
	STOP_EXEC,
	STOP_OTHER,
};

/* waitstatus_kind() - the kind of a status that says that the thread has stopped. */
enum stop_kind waitstatus_kind(int status);

/* waitstatus_ended() - does @status say that the thread is no more? */
bool waitstatus_ended(int status);

#endif
