/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_STOPS_H
#define SWC_RECORD_STOPS_H

#include <stdbool.h>
#include <sys/types.h>

#include "error.h"

struct thread;
struct tracee;

/*
 * The stops of threads: waiting for them, what each means for the table of
 * threads, and letting threads go on. Below control.h, which moves them.
 */

/*
 * stops_wait() - wait for @tid, or for any thread if it is -1. @what shall be
 * reached, for messages. Return: the thread that reported, 0 when only a tick
 * passed, -1 with @err set.
 */
pid_t stops_wait(struct tracee *t, pid_t tid, int *status, const char *what,
		 struct error *err);

/*
 * stops_bury() - a thread is no more. Return: 0, or -1 with @err set: it was
 * the one that is stepped, or the last.
 */
int stops_bury(struct tracee *t, pid_t tid, int status, struct error *err);

/*
 * stops_note_event() - note a stop in the table of threads, and see to their
 * children. Return: 0, or -1 with @err set: this ends the recording.
 */
int stops_note_event(struct tracee *t, pid_t tid, int status,
		     struct error *err);

/*
 * stops_keep_running() - let a thread that shall run, and has reported, run on.
 * Return: 1 it is at the breakpoint and stays stopped, 0 it runs or is gone, -1
 * with @err set.
 */
int stops_keep_running(struct tracee *t, pid_t tid, int status,
		       struct error *err);

/* stops_go_on() - resume a stopped thread, with the signal kept for it. */
void stops_go_on(struct thread *thread);

/* stops_thaw() - let all threads but @except go on. */
void stops_thaw(struct tracee *t, pid_t except);

/* stops_freeze() - stop all threads; those that they clone meanwhile, too. */
int stops_freeze(struct tracee *t, struct error *err);

#endif
