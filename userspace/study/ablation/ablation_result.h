/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_RESULT_H
#define SWC_ABLATION_ABLATION_RESULT_H

#include "ablation.h"
#include "ablation_run.h"
#include "measurement.h"
#include "opclass.h"
#include "states.h"

/*
 * The results of ablation: how much less a sequence takes without each class of
 * its operations, how long each class takes by itself, and how much more the
 * sequence takes if one region's lines or pages, or its code, are cold.
 */

#define ABLATION_SAMPLES      20000u /* of each sequence, unless asked otherwise */
#define ABLATION_SAMPLES_COLD 1500u

/* The name of what is cold, if it is no region of the sequence. */
#define ABLATION_CODE "code"
/*
 * A region that the sequence doesn't touch. Emptying a cache for one region
 * evicts more than is brought back, code for instance: this region shows what
 * that costs.
 */
#define ABLATION_NOTHING "(untouched)"

/**
 * struct ablation_class - one class of operations
 * @nops: operations of this class
 * @without: the sequence without them
 * @alone: without all others
 * @removed: core cycles that the sequence takes less without them, isolated
 * @by_itself: core cycles that @alone takes, isolated
 * @share: @removed as a part of the whole
 * @looped: core cycles less back to back, as in a live loop
 * @looped_share: that as a part of the whole back to back
 */
struct ablation_class {
	unsigned int nops;
	struct ablated without;
	struct ablated alone;
	struct estimate removed;
	struct estimate by_itself;
	struct estimate share;
	struct estimate looped;
	struct estimate looped_share;
};

/* ablation_class_is_measured() - both sequences without some class exist. */
static inline bool ablation_class_is_measured(const struct ablation_class *c)
{
	return c->nops && c->without.possible && c->alone.possible;
}

/**
 * struct ablation_cold - the sequence with something cold
 * @kind: how
 * @name: of the region that is cold; ABLATION_CODE, ABLATION_NOTHING
 * @region: its number; SWC_NO_REGION: the code
 * @lines: of it that the sequence touches, or that its code fills
 * @pages: likewise; see struct code_layout about code
 * @why: why it can't be made cold on this kernel, and nothing else is set; else NULL
 * @run: that it was measured in
 * @cycles: core cycles more than with ABLATION_NOTHING cold; that, and code,
 *	than warm
 */
struct ablation_cold {
	enum state_kind kind;
	const char *name;
	uint32_t region;
	unsigned int lines;
	unsigned int pages;
	const char *why;
	const struct ablation_run *run;
	struct estimate cycles;
};

/* ablation_cold_units() - what is cold: pages for a TLB, lines for a cache. */
static inline unsigned int ablation_cold_units(const struct ablation_cold *c)
{
	return state_is_by_page(c->kind) ? c->pages : c->lines;
}

/**
 * struct ablation - a sequence taken apart
 * @sequence: which
 * @classes: by enum opclass
 * @warm: the run of the classes
 * @m: that, for whom wants to know where and how it was measured
 * @whole: core cycles of the sequence
 * @sum: of what the classes' removal took off
 * @interaction: @whole less @sum. A cost that two classes share, so that
 *	either's removal takes it off, is in @sum twice; a cost that only both
 *	together have is in none
 * @looped: the same three back to back, where the backend has loops
 * @spare: the sequence with ABLATION_NOTHING
 * @cold: one entry for each state, and each region that is touched
 * @ncold: how many
 * @cold_runs: those that they were measured in
 * @ncold_runs: how many
 */
struct ablation {
	const struct sequence *sequence;
	struct ablation_class classes[OPCLASSES];
	struct ablation_run warm;
	struct measurement m;
	struct estimate whole;
	struct estimate sum;
	struct estimate interaction;
	struct {
		struct estimate whole, sum, interaction;
	} looped;
	struct ablated spare;
	struct ablation_cold *cold;
	size_t ncold;
	struct ablation_run *cold_runs;
	size_t ncold_runs;
};

/* ablation_is_valid() - are all runs? */
bool ablation_is_valid(const struct ablation *a);

/*
 * ablation_agrees() - do two measurements of the same thing agree? They do if
 * they differ by no more than their intervals together.
 */
bool ablation_agrees(const struct estimate *a, const struct estimate *b);

#endif
