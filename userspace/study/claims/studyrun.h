/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_STUDYRUN_H
#define SWC_CLAIMS_STUDYRUN_H

#include "claim.h"
#include "error.h"
#include "evidence.h"

/* One draw of one study: a command of its own, or facts that are read here. */

/**
 * struct studyrun_options - where things are
 * @switchcost: this command
 * @goprobe: the program under test
 * @programs: a folder with one of other versions each: 1.25/goprobe
 * @evidence: where results go, and traces
 */
struct studyrun_options {
	const char *switchcost;
	const char *goprobe;
	const char *programs;
	struct evidence evidence;
};

/*
 * studyrun_draw() - run a study, and leave its draw @draw, from 1, among the evidence. A
 * study that fails leaves a file that says why, as one that isn't valid. Return: 0, or -1
 * with @err set: nothing can be written.
 */
int studyrun_draw(const struct studyrun_options *options,
		  const struct operand *o, size_t draw, struct error *err);

#endif
