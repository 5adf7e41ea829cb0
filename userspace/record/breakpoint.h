/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_BREAKPOINT_H
#define SWC_RECORD_BREAKPOINT_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "breakpoint_state.h"

struct tracee;

/* Planting the breakpoint of a traced process, and knowing its traps. */

/* breakpoint_find() - the kind of a name: auto, hardware, software; or -1. */
int breakpoint_find(const char *name);

/* breakpoint_choose() - the kind that AUTO means on this machine; other kinds stay. */
enum breakpoint_kind breakpoint_choose(enum breakpoint_kind wanted);

/*
 * breakpoint_plant() - make all threads stop at @address, also those that are
 * made from now on. All must be stopped but those in system calls.
 */
int breakpoint_plant(struct tracee *t, uint64_t address, struct error *err);

/*
 * breakpoint_plant_briefly() - plant one in software, for a thread that runs
 * alone until it is there: no other can come by.
 */
int breakpoint_plant_briefly(struct tracee *t, uint64_t address,
			     struct error *err);

/* breakpoint_remove() - take the breakpoint away; harmless if there is none. */
int breakpoint_remove(struct tracee *t, struct error *err);

/*
 * breakpoint_settle() - note that all threads are stopped and their reports
 * were seen: later traps are none of ours.
 */
void breakpoint_settle(struct breakpoint *breakpoint);

/*
 * breakpoint_hit() - was it our breakpoint that stopped @tid with @status? If
 * so the thread is left about to execute the instruction there. Return: 1 it
 * was, 0 something else, -1 with @err set.
 */
int breakpoint_hit(struct tracee *t, pid_t tid, int status, struct error *err);

/*
 * breakpoint_leave_child() - a forked child has a copy of the INT3: take it out
 * of there.
 */
void breakpoint_leave_child(const struct breakpoint *breakpoint, pid_t child);

/* breakpoint_forget() - note that the program is another one now, or no more. */
void breakpoint_forget(struct breakpoint *breakpoint);

#endif
