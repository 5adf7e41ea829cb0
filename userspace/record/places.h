/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_PLACES_H
#define SWC_RECORD_PLACES_H

#include <stdint.h>

#include "error.h"
#include "scenario.h"
#include "symbols.h"

/* A place in the program where its way is noticed. */
struct place {
	const char *name; /* NULL: none */
	uint64_t address;
};

struct places {
	struct place mark;  /* to be passed first */
	struct place begin; /* where a recording begins */
	struct place end;   /* and ends; none: when the function returns */
};

/**
 * places_find() - find the functions by name
 * @places: names that are set are looked for; others come from @scenario
 * @scenario: what a scenario of goprobe calls them, or all empty
 * @program: for messages
 */
int places_find(struct places *places, const struct scenario *scenario,
		const struct symbols *symbols, const char *program,
		struct error *err);

#endif
