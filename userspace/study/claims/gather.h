/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_GATHER_H
#define SWC_CLAIMS_GATHER_H

#include "claim.h"
#include "error.h"
#include "studyrun.h"

/*
 * The studies that claims name are run, each once a draw, into the folder of evidence.
 * Claims that name the same study share its draws, and a draw that is there already isn't
 * run again.
 */

/**
 * struct gather_options - where things are, and how long it may take
 * @run: of each study
 * @since: when it began, by elapsed()
 * @until: likewise: no study begins later; INFINITY
 */
struct gather_options {
	struct studyrun_options run;
	double since;
	double until;
};

/**
 * struct gathering - the studies of a catalogue
 * @options: how
 * @studies: each once
 * @n: how many
 * @ran: draws that were made
 */
struct gathering {
	const struct gather_options *options;
	struct gathered_study *studies;
	size_t n;
	long ran;
};

/* gathering_begin() - of no claim yet. Return: 0, or -1 with @err set. */
int gathering_begin(struct gathering *g, const struct gather_options *options,
		    struct error *err);
void gathering_end(struct gathering *g);

/* gathering_ask() - the next draws are for this quantity, too. Return: likewise. */
int gathering_ask(struct gathering *g, const struct quantity *quantity,
		  struct error *err);

/* gathering_forget() - nothing is asked for. */
void gathering_forget(struct gathering *g);

/**
 * gathering_draw() - run what is missing until all that is asked for has its draws
 * @g: of which nothing is asked for afterwards
 * @k: the look to be reached, by series_look()
 * @cheap: draw each study once, and those that turned out to be cheap until the second
 *	look: claims of many cases need that, and so do those among many claims
 * @err: set on failure: nothing can be written
 *
 * Studies that decide whether others are run come first. Draws of the others take turns,
 * so that a machine that becomes slower is slower for all of them; in each, those of a
 * quantity follow one another.
 *
 * Return: 0, also if the time is up; or -1 with @err set.
 */
int gathering_draw(struct gathering *g, unsigned int k, bool cheap,
		   struct error *err);

/* gathering_cost() - seconds that all that is asked for would take until look @k. */
double gathering_cost(const struct gathering *g, unsigned int k);

/* gathering_looks() - how many looks the draws allow of all that is asked for. */
unsigned int gathering_looks(const struct gathering *g);

#endif
