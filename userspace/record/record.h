/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_RECORD_H
#define SWC_RECORD_RECORD_H

#include <stdbool.h>

#include <sys/types.h>

#include "error.h"
#include "breakpoint_state.h"

/*
 * The recorder: starts a program under ptrace, or attaches to one that runs,
 * waits for a function to be called, and follows the call instruction by
 * instruction until it returns, or until another function is reached.
 */

#define RECORD_REPETITIONS 17 /* two periods of Go's every-8th-call work */
#define RECORD_TIMEOUT_S   30.0

/*
 * Instructions between two calls that are stepped: half a second's. A loop
 * around a call has ten, one that reads 32 KiB in between some 3000.
 */
#define RECORD_BEFORE	  20000
#define RECORD_MAX_BEFORE 1000000

/* The call to record is of a scenario of goprobe, a command, or a running process. */
struct record_options {
	const char *scenario; /* a name that "goprobe list" knows, or NULL */
	const char *goprobe;  /* the goprobe program, for a scenario */
	char **argv;	      /* the command, NULL-terminated; no scenario */
	pid_t pid;	      /* the process, or 0 */

	const char *begin; /* the function to record; NULL: the scenario's */
	const char *end;   /* where it ends; NULL: when that returns */
	const char *mark;  /* wait for this function first, or NULL */

	unsigned int repetitions; /* calls to keep; 0: RECORD_REPETITIONS */
	unsigned int before; /* instructions between two calls to step, or 0 */
	int cpu;	     /* where recorder and program run; -1: any */
	enum breakpoint_kind breakpoint;
	double timeout_s;   /* for each call; 0: RECORD_TIMEOUT_S */
	const char *output; /* the trace to write */
	bool verbose;	    /* progress on stderr */
};

/**
 * record_run() - record consecutive calls of a function and write the trace
 * @options: what and where
 * @err: set on failure
 *
 * One call more than asked for is followed, the first, and not kept: single
 * stepping has disturbed what came before it. In the end a program that was
 * started is killed; a process that was attached to goes on as before, on every
 * way out. SIGINT, SIGTERM, SIGHUP and SIGQUIT end the recording with an error
 * and without a trace; their handlers are restored.
 *
 * Not for multi-threaded callers: it takes the caller's signal handlers and CPU
 * affinity over while it runs, and reaps its children.
 *
 * Return: 0, or -1 with @err set.
 */
int record_run(const struct record_options *options, struct error *err);

#endif
