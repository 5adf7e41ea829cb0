/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_BREAKPOINT_H
#define SWC_RECORD_BREAKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/error.h"

struct tracee;

/*
 * The one place where threads stop by themselves.
 *
 * In hardware it is a debug register of each thread, by a perf event that sends
 * SIGTRAP (Linux 5.13 and newer). It leaves the program's memory alone, is not
 * inherited by child processes, and vanishes with the recorder, even when that
 * is killed. In software it is an INT3 in the program's text.
 */
enum breakpoint_kind {
	BREAKPOINT_AUTO, /* in hardware if that is possible here */
	BREAKPOINT_HARDWARE,
	BREAKPOINT_SOFTWARE,
};

struct breakpoint {
	enum breakpoint_kind kind; /* never AUTO once it was chosen */
	bool planted;
	bool lingers;	  /* it is gone; threads may yet report a hit */
	bool written;	  /* in software, whatever the kind */
	uint64_t address; /* where it is or was */
	uint8_t replaced; /* the byte under an INT3 */
	int *events;	  /* in hardware */
	size_t nevents;
};

/* breakpoint_choose() - settle what AUTO means here. */
enum breakpoint_kind breakpoint_choose(enum breakpoint_kind wanted);

/*
 * breakpoint_plant() - all threads shall stop at @address, also those that are
 * made from now on. All must be stopped but those in system calls.
 */
int breakpoint_plant(struct tracee *t, uint64_t address, struct error *err);

/*
 * breakpoint_plant_briefly() - in software, for a thread that runs alone until
 * it is there: nothing else can come by.
 */
int breakpoint_plant_briefly(struct tracee *t, uint64_t address,
			     struct error *err);

/* breakpoint_remove() - harmless if there is none. */
int breakpoint_remove(struct tracee *t, struct error *err);

/*
 * breakpoint_settle() - all threads are stopped and their reports were seen:
 * later traps are none of ours.
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

/* breakpoint_forget() - the program is another one now, or no more. */
void breakpoint_forget(struct breakpoint *breakpoint);

#endif
