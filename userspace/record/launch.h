/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_LAUNCH_H
#define SWC_RECORD_LAUNCH_H

#include <sys/types.h>

#include "error.h"
#include "interrupt.h"

/* A program of the recorder's own, traced from its first instruction on. */

/**
 * launch() - start a program under ptrace
 * @argv: the command; looked up in PATH
 * @name: it, for messages
 * @options: PTRACE_O_*, PTRACE_O_TRACEEXEC among them
 * @deadline: for it to start
 *
 * Its standard output goes to standard error, which leaves the caller's alone.
 *
 * Return: the process, stopped at the end of its exec, or -1 with @err set and
 * nothing left of it.
 */
pid_t launch(char *const *argv, const char *name, long options,
	     const struct deadline *deadline, struct error *err);

/* launch_kill() - kill a traced process and collect all its threads. */
void launch_kill(pid_t pid);

#endif
