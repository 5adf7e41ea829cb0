/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_BACKEND_H
#define SWC_LIB_BACKEND_H

#include "engine/caps.h"
#include "error.h"
#include "sequence.h"

/*
 * A backend replays sequences and returns raw samples:
 *
 *   kernel  /dev/switchcost: ring 0, interrupts off
 *   user    the same engine in this process, ring 3
 */
struct backend;

/* One run: in, and out. */
struct backend_run {
	uint32_t cpu;
	uint32_t samples;   /* in all, of all arms */
	uint32_t warm;	    /* untimed replays before each sample */
	uint32_t delay_max; /* random delay before a sample, loop turns */
	uint64_t seed;
	const struct swc_sample *data; /* out: the samples; the backend's */
	uint32_t produced;
	uint32_t windows;
	uint32_t nmis;
	uint64_t replays;
};

struct backend_ops {
	const char *name;
	enum swc_isolation isolation;
	struct backend *(*open)(uint32_t samples, struct error *err);
	void (*close)(struct backend *b);
	int (*load)(struct backend *b, const struct sequence *s,
		    uint32_t pedestal, struct error *err);
	int (*run)(struct backend *b, struct backend_run *run,
		   struct error *err);
};

extern const struct backend_ops backend_kernel;
extern const struct backend_ops backend_user;

/* backend_find() - by name, "kernel" or "user"; NULL: no such backend. */
const struct backend_ops *backend_find(const char *name);

/* isolation_name() - "none", "preempt-off", ... */
const char *isolation_name(enum swc_isolation isolation);

#endif
