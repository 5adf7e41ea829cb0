/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RULER_STEPS_H
#define SWC_RULER_STEPS_H

#include <limits.h>

#include "ruler.h"

/*
 * A step is one command, the shortest piece of work that is begun or left out: the live
 * calls of a process, a recording, or a replay.
 */

enum step_kind { STEP_LIVE, STEP_RECORD, STEP_REPLAY, STEP_KINDS };

/* step_seconds() - what a step of this kind takes, as far as is known before the first. */
double step_seconds(enum step_kind kind);

/**
 * struct step - one of them
 * @row: a reference has STEP_LIVE alone
 * @reference: it is one
 * @trace: path of the row's recording
 * @limit: seconds, after which the command is killed
 */
struct step {
	const struct ruler_options *options;
	struct ruler_row *row;
	bool reference;
	const char *trace;
	double limit;
};

/**
 * step_take() - carry it out, and add to its row what it has found
 * @s: which
 * @kind: likewise
 * @go: filled with the version of Go by STEP_LIVE
 *
 * Return: 0, or -1: nothing was found, and the row's @why, or its replay's, says why.
 */
int step_take(struct step *s, enum step_kind kind, char go[48]);

#endif
