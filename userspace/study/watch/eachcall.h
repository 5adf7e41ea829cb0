/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_EACHCALL_H
#define SWC_WATCH_EACHCALL_H

#include "probes.h"

/*
 * The time of each call, from runtime.cgocall's entry to its return, as long as that is
 * cheap. A probe costs a microsecond or two, where a whole call may take 40 ns: what it
 * costs here is measured first, on a function of the command's own, and held against the
 * rate of calls.
 */

/*
 * The share of the program's time that this may take: of what it has run on CPUs, or of
 * what has passed, if that is more, since calls that sleep have time.
 */
#define EACHCALL_MOST 0.02

/* How long each call is probed at a time, where it can't be always. */
#define EACHCALL_WINDOW_NS 50000000l

enum eachcall_mode {
	EACHCALL_OFF,	  /* too dear, or not possible: @why */
	EACHCALL_ALL,	  /* each call since the program began was seen */
	EACHCALL_WINDOWS, /* each call in some short windows */
};

struct eachcall {
	struct probes *probes;
	struct probed of;
	enum eachcall_mode mode;
	bool open;
	const char *why;
	double cost_ns;	 /* of the probes, a call */
	double added_ns; /* of that, what the call's time seems to be longer */
	double spent_ns; /* by all calls so far */
	double dearest_ns; /* of the windows so far */
	uint64_t calls_at_opening;
};

/**
 * eachcall_begin() - measure the cost, and probe each call from now on
 * @e: filled
 * @file: the path of the program's file
 * @wanted: else nothing is probed
 */
void eachcall_begin(struct eachcall *e, struct probes *probes,
		    const struct goimage *image, const char *file, pid_t pid,
		    bool wanted);

/* eachcall_late() - the program had made @calls before its calls were probed. */
static inline void eachcall_late(struct eachcall *e, uint64_t calls)
{
	e->calls_at_opening = calls;
}

/**
 * eachcall_judge() - go on, or stop
 * @calls: so far
 * @time_ns: of the program since the beginning
 */
void eachcall_judge(struct eachcall *e, uint64_t calls, double time_ns);

/* eachcall_window() - is another window to be opened now? It then is. */
bool eachcall_window(struct eachcall *e, uint64_t calls, double time_ns);
void eachcall_close(struct eachcall *e, uint64_t calls);

/* Times of some calls, in nanoseconds, without what the probes add. */
struct calltimes {
	uint64_t begun;
	uint64_t calls; /* that have returned */
	double mean;
	double p50;
	double p95;
	double p99;
	double longest;
};

/* calltimes_of() - of counts by bucket. */
struct calltimes calltimes_of(const struct bpf_times *times, double added_ns);

#endif
