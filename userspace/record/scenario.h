/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_SCENARIO_H
#define SWC_RECORD_SCENARIO_H

#include "error.h"
#include "interrupt.h"

#define SCENARIO_MAX_BEGIN 8

/* What goprobe knows of one of its scenarios. */
struct scenario {
	char *begin[SCENARIO_MAX_BEGIN + 1]; /* NULL-terminated, first is best */
	char *mark;
};

/**
 * scenario_find() - ask a goprobe program about a scenario
 * @scenario: filled; scenario_free() also after a failure
 * @goprobe: the program
 * @name: the scenario
 * @deadline: for its answer
 *
 * Return: 0, or -1 with @err set; for an unknown scenario it lists the known.
 */
int scenario_find(struct scenario *scenario, const char *goprobe,
		  const char *name, const struct deadline *deadline,
		  struct error *err);
void scenario_free(struct scenario *scenario);

#endif
