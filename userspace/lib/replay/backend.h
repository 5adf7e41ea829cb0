/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_BACKEND_H
#define SWC_LIB_BACKEND_H

#include "engine/caps.h"
#include "engine/loop.h"
#include "error.h"
#include "events.h"
#include "sequence.h"

/*
 * A backend replays sequences and returns raw samples:
 *
 *   kernel  /dev/switchcost: ring 0, preemption and interrupts off
 *   user    the same engine in this process, ring 3
 */
struct backend;

/**
 * struct backend_counting - events to be counted in a run
 * @events: which
 * @n: how many, 1 to SWC_MAX_EVENTS
 * @sums: out, [arm * @n + event], of the samples that weren't dropped
 * @samples: out, [arm]: of so many
 */
struct backend_counting {
	const struct event *events;
	unsigned int n;
	uint64_t sums[SWC_MAX_ARMS * SWC_MAX_EVENTS];
	uint64_t samples[SWC_MAX_ARMS];
};

/* One run: in, and out. */
struct backend_run {
	uint32_t cpu;
	enum swc_isolation isolation;
	uint32_t samples;   /* in all, of all arms */
	uint32_t warm;	    /* untimed replays before each sample */
	uint32_t delay_max; /* random delay before a sample, loop iterations */
	uint32_t tsc_step; /* as in struct swc_sampler; the user backend's only */
	uint64_t seed;
	struct backend_counting *counting; /* NULL: none; the kernel backend's */
	const struct swc_sample *data;	   /* out: the samples; the backend's */
	uint32_t produced;
	uint32_t windows;
	uint32_t nmis;
	uint32_t interrupts; /* that hit a window */
	uint32_t smis;
	uint64_t replays;
	uint64_t aperf; /* core clocks while windows were open; 0: not known */
	uint64_t tsc;	/* TSC ticks in the same time */
	bool direct;	/* indirect calls and jumps are direct ones there */
	bool plain;	/* addresses from a segment's base are plain ones */
};

/**
 * struct backend_ops - a backend
 * @name: as on the command line
 * @isolation: its own level, taken where none is asked for
 * @isolations: SWC_CAP_ISOLATION() of each level that it knows
 * @open: make ready for runs of at most @samples samples
 * @place: draw from @seed where what is loaded from now on lies; NULL: only the backend
 *	itself can draw that
 * @load: add an arm; @state: prepared before each sample, NULL: warm
 * @load_loop: add an arm whose samples are many replays back to back, warm;
 *	@loop->iterations becomes what a sample may hold at most; NULL: it can't
 * @unload: take all arms away again
 * @run: take samples of all arms
 */
struct backend_ops {
	const char *name;
	enum swc_isolation isolation;
	uint64_t isolations;
	struct backend *(*open)(uint32_t samples, struct error *err);
	void (*close)(struct backend *b);
	void (*place)(struct backend *b, uint64_t seed);
	int (*load)(struct backend *b, const struct sequence *s,
		    uint32_t pedestal, const struct swc_state *state,
		    struct error *err);
	int (*load_loop)(struct backend *b, const struct sequence *s,
			 struct swc_loop *loop, struct error *err);
	void (*unload)(struct backend *b);
	int (*run)(struct backend *b, struct backend_run *run,
		   struct error *err);
};

extern const struct backend_ops backend_kernel;
extern const struct backend_ops backend_user;

/* backend_find() - by name, "kernel" or "user"; NULL: no such backend. */
const struct backend_ops *backend_find(const char *name);

/* isolation_name() - "none", "preempt-off", ... */
const char *isolation_name(enum swc_isolation isolation);

/* isolation_find() - the level of that name, or -1. */
int isolation_find(const char *name);

#endif
