/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ENVIRONMENT_H
#define SWC_LIB_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * People who measure check these before they trust a number from a CPU. Files
 * are read, nothing is changed; see quiet.h for that.
 */

enum environment_state {
	ENVIRONMENT_GOOD,    /* as it should be, or provenance only */
	ENVIRONMENT_ADVICE,  /* disturbs: see the advice */
	ENVIRONMENT_UNKNOWN, /* not known here: see the advice */
	ENVIRONMENT_STATES
};

/**
 * struct environment_finding - one thing that was looked at
 * @name: a word for scripts: "smt", "governor", ...
 * @state: good, advice, unknown
 * @value: what was found, one line
 * @advice: the remedy, one line with the exact command; empty if good
 */
struct environment_finding {
	const char *name;
	enum environment_state state;
	char value[512];
	char advice[256];
};

#define ENVIRONMENT_FINDINGS 24

struct environment {
	struct environment_finding finding[ENVIRONMENT_FINDINGS];
	size_t n;
};

/**
 * environment_check() - look at everything that bears on one CPU
 * @e: filled
 * @root: "/", or a tree that stands in for /sys, /proc and /dev
 * @cpu: the CPU that measures
 * @watch_ms: how long to watch for time stolen by the hypervisor; the call takes
 *	that long. The kernel counts in 10 ms, so 100 is the least that says
 *	something. 0: steal is unknown
 */
void environment_check(struct environment *e, const char *root,
		       unsigned int cpu, unsigned int watch_ms);

/* environment_find() - one finding by its name, or NULL. */
const struct environment_finding *environment_find(const struct environment *e,
						   const char *name);

/**
 * environment_steal() - time that the hypervisor took from a CPU since boot
 * @root: as above
 * @cpu: the CPU
 * @ticks: set, in 1 / sysconf(_SC_CLK_TCK) seconds
 *
 * Read it before and after a measurement. Return: false if the kernel doesn't
 * report it.
 */
bool environment_steal(const char *root, unsigned int cpu, uint64_t *ticks);

/* "good", "advice" or "unknown" */
const char *environment_state_name(enum environment_state state);

#endif
