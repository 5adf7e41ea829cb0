/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_BREAKPOINT_STATE_H
#define SWC_RECORD_BREAKPOINT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
