/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_TRACING_H
#define SWC_RECORD_TRACING_H

#include <sys/types.h>

#include "error.h"
#include "breakpoint_state.h"

struct tracee;

/* How a process comes to be traced, and how that ends. */

/**
 * tracing_start() - start a program and stop it at its first instruction
 * @t: filled; to be ended by tracing_end(), also after a failure
 * @argv: the command; looked up in PATH
 * @kind: how to make breakpoints
 * @timeout_s: how long this and each later wait may take
 *
 * Its standard output goes to standard error, which leaves the caller's alone.
 * It runs on the CPUs that the caller may run on.
 */
int tracing_start(struct tracee *t, char *const *argv,
		  enum breakpoint_kind kind, double timeout_s,
		  struct error *err);

/**
 * tracing_open() - look at a process that runs, without stopping it
 * @t: filled; to be ended by tracing_end(), also after a failure
 *
 * Its memory can be read from then on, and its symbols: both take long enough
 * that it shall not wait meanwhile.
 */
int tracing_open(struct tracee *t, pid_t pid, enum breakpoint_kind kind,
		 double timeout_s, struct error *err);

/* tracing_attach() - stop it, and let it use only @cpu, the recorder's. */
int tracing_attach(struct tracee *t, int cpu, struct error *err);

/*
 * tracing_end() - kill the process, or let it go: without breakpoints, with the
 * signals that were held back, on the CPUs where it was.
 */
void tracing_end(struct tracee *t);

#endif
