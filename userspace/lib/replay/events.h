/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_EVENTS_H
#define SWC_LIB_EVENTS_H

#include <stdint.h>

#include "error.h"
#include "pmu.h"
#include "uapi/switchcost.h"

#define EVENTS_MAX	  16u
#define EVENTS_NAME_BYTES 96

/**
 * struct event - an event of a PMU
 * @name: as it was asked for
 * @encoding: as in struct perf_event_attr, without what excludes parts: replays
 *	run in ring 0, and that is counted
 */
struct event {
	char name[EVENTS_NAME_BYTES];
	struct swc_event encoding;
};

/**
 * struct events - what to count
 * @list: the events
 * @n: how many, at most EVENTS_MAX
 * @at_once: how many of them one round counts; the next go on where it ended
 */
struct events {
	struct event list[EVENTS_MAX];
	unsigned int n;
	unsigned int at_once;
};

/**
 * events_parse() - resolve the names of events
 * @events: filled
 * @text: names, separated by commas: of libpfm4 ("L1D:REPLACEMENT"), or a PMU's
 *	in sysfs with its terms, as perf writes them ("cpu/event=0x51,umask=1/"); or
 *	"default"
 * @pmu: of the CPU
 * @root: "/" outside of tests
 * @err: set on failure: a name is unknown, there are more than counters, or the
 *	CPU has no PMU that would count them
 *
 * "default" stands for instructions, cycles, TLB misses by level, cache lines that
 * move, and mispredicted branches, as far as the detected PMU has them; they are
 * counted in turns. All others are counted at once.
 */
int events_parse(struct events *events, const char *text, const struct pmu *pmu,
		 const char *root, struct error *err);

/* events_of_round() - those that round number @round counts. Return: how many. */
unsigned int events_of_round(const struct events *events, unsigned int round,
			     unsigned int *first);

#endif
