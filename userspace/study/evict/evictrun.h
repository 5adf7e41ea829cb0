/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_EVICTRUN_H
#define SWC_EVICT_EVICTRUN_H

#include "backend.h"
#include "by_oracle.h"
#include "input.h"
#include "study.h"
#include "workingset.h"

/*
 * Finds out what a sequence evicts, in either backend: victims are synthetic, or a
 * recorded working set, and in ring 0 the TLB oracle is asked about pages.
 */

/**
 * struct evict_options - what is asked
 * @backend: where trials are carried out
 * @study: of each level; its ring and its working set are filled in by evict_begin()
 * @working: victims are the working set of the input
 * @chosen: some levels were named, so that these are timed wherever they can be
 */
struct evict_options {
	const struct backend_ops *backend;
	struct study_options study;
	bool working;
	bool chosen;
};

/*
 * evict_choose() - victims by a list: l1d, l2, dtlb and working-set, with commas between.
 * Return: 0, or -1 with @err set: there are none of that name.
 */
int evict_choose(struct evict_options *o, const char *list, struct error *err);

/**
 * struct evict_run - what a sequence evicts
 * @input: which sequence
 * @backend: its name
 * @options: what was asked, as far as it is timed
 * @study: what timing found
 * @working: the victims, if they aren't synthetic
 * @oracle: the TLB oracle was asked, too
 * @by_oracle: what it said; NULL: nothing, as @oracle_why says
 * @verdicts: where that is
 * @oracle_why: why it isn't available
 * @lines_why: why lines were not asked for; empty: they were, or weren't wanted
 */
struct evict_run {
	const struct input *input;
	const char *backend;
	struct study_options options;
	struct study study;
	struct workingset working;
	bool oracle;
	const struct by_oracle *by_oracle;
	struct by_oracle verdicts;
	char oracle_why[256];
	char lines_why[256];
};

/**
 * evict_begin() - find the victims, and ask the oracle, where it is to be asked
 * @run: filled; evict_end() it after success
 * @in: the sequence, as long as @run is used
 * @options: what is asked
 * @err: set on failure: there is no working set
 */
int evict_begin(struct evict_run *run, const struct input *in,
		const struct evict_options *options, struct error *err);

/* evict_times() - is anything left to be timed? */
bool evict_times(const struct evict_run *run);

/* evict_measure() - by timing. Return: 0, also if it isn't valid; or -1 with @err set. */
int evict_measure(struct evict_run *run, struct error *err);
void evict_end(struct evict_run *run);

#endif
