// SPDX-License-Identifier: GPL-2.0
#include "waitstatus.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum stop_kind waitstatus_kind(int status)
{
	switch (status >> 16) {
	case 0:
		return STOP_SIGNAL;
	case PTRACE_EVENT_STOP:
		return WSTOPSIG(status) == SIGTRAP ? STOP_TRAP : STOP_JOB;
	case PTRACE_EVENT_CLONE:
		return STOP_CLONE;
	case PTRACE_EVENT_FORK:
		return STOP_FORK;
	case PTRACE_EVENT_EXEC:
		return STOP_EXEC;
	default:
		return STOP_OTHER;
	}
}

bool waitstatus_ended(int status)
{
	return WIFEXITED(status) || WIFSIGNALED(status);
}
