/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_GATHER_H
#define SWC_CLAIMS_GATHER_H

#include "claim.h"
#include "error.h"
#include "evidence.h"
#include "run.h"

/*
 * The studies that claims name are run, each once a draw, into the folder of evidence.
 * A draw that is there already isn't run again.
 */

/**
 * struct gather_options - where things are, and how long it may take
 * @switchcost: this command
 * @goprobe: the program under test
 * @programs: a folder with one of other versions each: 1.25/goprobe
 * @evidence: where results go, and traces
 * @until: seconds by elapsed(): no study begins later; INFINITY
 * @progress: whom to tell, between studies
 */
struct gather_options {
	const char *switchcost;
	const char *goprobe;
	const char *programs;
	struct evidence evidence;
	double until;
	struct run_progress progress;
};

/**
 * gather() - run what is missing until each study has its draws for a look
 * @options: how
 * @claims: whose studies
 * @wanted: of each claim, whether it is asked about; NULL: all
 * @n: how many claims
 * @k: series_look(); where draws are cheap, the next look as well
 * @err: set on failure: nothing can be written, or run
 *
 * Draws of different studies take turns, so that a machine that becomes slower is slower
 * for all of them. A study that fails leaves a file that says why, as one that isn't
 * valid. Return: how many studies were run, or -1 with @err set.
 */
long gather(const struct gather_options *options, const struct claim *claims,
	    const bool *wanted, size_t n, unsigned int k, struct error *err);

#endif
