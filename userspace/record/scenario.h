/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_SCENARIO_H
#define SWC_RECORD_SCENARIO_H

#include "error.h"
#include "interrupt.h"

#define SCENARIO_MAX_BEGIN 8

/**
 * struct scenario - what goprobe knows of one of its scenarios
 * @begin: symbols that a call begins at, NULL-terminated, the best one first
 * @mark: the function that is called when the warm-up is over
 * @cold: states that stand for what comes before each call, or NULL: nothing does
 */
struct scenario {
	char *begin[SCENARIO_MAX_BEGIN + 1];
	char *mark;
	char *cold;
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
