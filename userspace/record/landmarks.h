/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_LANDMARKS_H
#define SWC_RECORD_LANDMARKS_H

#include <stdint.h>

#include "error.h"
#include "scenario.h"
#include "symbols.h"

/* A place in the program that the recorder waits for. */
struct landmark {
	const char *name; /* NULL: none */
	uint64_t address;
};

struct landmarks {
	struct landmark mark;  /* to be passed first */
	struct landmark begin; /* where a recording begins */
	struct landmark end;   /* and ends; none: when the function returns */
};

/**
 * landmarks_find() - find the functions by name
 * @landmarks: names that are set are looked for; others come from @scenario
 * @scenario: what a scenario of goprobe calls them, or all empty
 * @program: for messages
 */
int landmarks_find(struct landmarks *landmarks, const struct scenario *scenario,
		   const struct symbols *symbols, const char *program,
		   struct error *err);

#endif
