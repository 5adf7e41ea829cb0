/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_QUIET_H
#define SWC_LIB_QUIET_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/*
 * A quieter system for the time of a measurement, at the user's request only:
 * the performance governor, no turbo, no NMI watchdog, no transparent huge pages
 * unasked, interrupts on other CPUs, no deep idle states. No CPU is taken
 * offline, and SMT isn't touched.
 *
 * All is put back, in reverse order, however the process ends, by one mechanism.
 * A guardian, forked before anything is changed, makes the changes. It undoes
 * them when its socket to this process closes or this process is gone, SIGKILL
 * and crashes included. On quiet_end(), exit(), SIGINT, SIGTERM and SIGHUP this
 * process waits for that. If the guardian was killed, this process restores. If
 * both are killed at once, as by a cgroup's end or a power cut, nothing is
 * restored.
 *
 * A setting that someone else changed meanwhile is left as it is and reported.
 */

enum quiet_state {
	QUIET_ALREADY,	/* had the wanted value: not touched */
	QUIET_REFUSED,	/* could not be set */
	QUIET_CHANGED,	/* set, to be restored */
	QUIET_RESTORED, /* has the value that was found again */
	QUIET_FOREIGN,	/* changed by someone else meanwhile: not touched */
	QUIET_LOST,	/* set, and could not be restored */
	QUIET_STATES
};

#define QUIET_VALUE 256

/**
 * struct quiet_change - one file
 * @path: with the root that was given
 * @found: its text before, byte for byte
 * @set: the value that it was given
 * @held: in force as long as it is open; its text isn't changed
 * @state: what has become of it
 * @error: errno of QUIET_REFUSED and QUIET_LOST
 */
struct quiet_change {
	char path[QUIET_VALUE];
	char found[QUIET_VALUE];
	char set[QUIET_VALUE];
	bool held;
	enum quiet_state state;
	int error;
};

/**
 * quiet_begin() - make the system quiet around one CPU
 * @root: "/", or a tree that stands in for /sys, /proc and /dev
 * @cpu: that will measure
 * @err: set on failure
 *
 * Files that don't exist are passed over; those that can't be written, as all of
 * them without root's privileges, are in the list. Call it before starting
 * threads and before opening a device: the guardian is a child of this process
 * until the end (don't wait for any child), and nothing may be forked that
 * outlives it. One at a time.
 *
 * Return: 0, or -1 with @err set and nothing changed.
 */
int quiet_begin(const char *root, unsigned int cpu, struct error *err);

/**
 * quiet_changes() - what was done; after quiet_end(), what became of it
 * @changes: set to the first; stays until the next quiet_begin()
 * Return: how many.
 */
size_t quiet_changes(const struct quiet_change **changes);

/*
 * quiet_end() - put everything back, and wait until it is. Harmless if nothing
 * was begun, or twice.
 */
void quiet_end(void);

/* "set", "restored", ... */
const char *quiet_state_name(enum quiet_state state);

#endif
