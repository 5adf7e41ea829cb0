// SPDX-License-Identifier: GPL-2.0
#include "ruler.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elapsed.h"
#include "steps.h"
#include "tempfolder.h"
#include "withhold.h"

/* Nothing is waited for to the second: a command that is under way may end. */
#define GRACE 10.0

/**
 * struct plan - a row's or a reference's work
 * @row: whose
 * @reference: it is one
 * @trace: path of its recording
 * @recorded: that is there
 * @failed: by kind: it was tried, and isn't tried again
 * @seconds: that the last of a kind took; NAN: there was none
 */
struct plan {
	struct ruler_row *row;
	bool reference;
	char trace[PATH_MAX];
	bool recorded;
	bool failed[STEP_KINDS];
	double seconds[STEP_KINDS];
};

struct work {
	struct ruler *r;
	struct plan plans[SITUATIONS + REFERENCES];
	char folder[TEMPFOLDER_BYTES];
	double since;
};

static double spent(const struct work *w)
{
	return elapsed() - w->since;
}

static void tell(const struct work *w)
{
	const struct ruler_options *o = w->r->options;

	operator_tell(fmin(1, spent(w) / o->budget));
}

static bool is_replayed(const struct plan *p)
{
	return !p->reference && !p->row->situation->not_replayed;
}

/* Does another step of this kind fit in? */
static bool fits(const struct work *w, const struct plan *p,
		 enum step_kind kind)
{
	double seconds = p->seconds[kind];

	if (isnan(seconds))
		seconds = step_seconds(kind);
	return !operator_interrupted() && !p->failed[kind] &&
	       spent(w) + seconds <= w->r->options->budget;
}

static void take(struct work *w, struct plan *p, enum step_kind kind)
{
	double since = elapsed();
	struct step step = {
		.options = w->r->options,
		.row = p->row,
		.reference = p->reference,
		.trace = p->trace,
		.limit = w->r->options->budget - spent(w) + GRACE,
	};

	tell(w);
	p->failed[kind] = step_take(&step, kind, w->r->go);
	p->seconds[kind] = elapsed() - since;
	if (kind == STEP_RECORD)
		p->recorded = !p->failed[kind];
}

/* Live calls, until there are those of @turns. */
static void take_live(struct work *w, struct plan *p, unsigned int turns)
{
	if (p->row->asked && p->row->live.medians.n < turns &&
	    fits(w, p, STEP_LIVE))
		take(w, p, STEP_LIVE);
}

/* Likewise replays. */
static void take_replay(struct work *w, struct plan *p, unsigned int turns)
{
	if (!p->row->asked || !is_replayed(p) ||
	    p->row->replay.cycles.n >= turns)
		return;
	if (!p->recorded && fits(w, p, STEP_RECORD))
		take(w, p, STEP_RECORD);
	if (p->recorded && fits(w, p, STEP_REPLAY))
		take(w, p, STEP_REPLAY);
}

/*
 * A turn of all: what a bare call costs comes first, then what it is held against, then the
 * other rows, and their replays last.
 */
static void take_turn(struct work *w, unsigned int turns)
{
	struct plan *bare = &w->plans[0], *p;
	struct plan *end = w->plans + SITUATIONS + REFERENCES;

	take_live(w, bare, turns);
	take_replay(w, bare, turns);
	for (p = w->plans + SITUATIONS; p < end; p++)
		take_live(w, p, turns);
	for (p = bare + 1; p < w->plans + SITUATIONS; p++)
		take_live(w, p, turns);
	for (p = bare + 1; p < w->plans + SITUATIONS; p++)
		take_replay(w, p, turns);
}

static int begin(struct work *w, struct error *err)
{
	struct ruler *r = w->r;
	struct plan *p = w->plans;
	size_t i, kind;

	w->since = elapsed();
	if (tempfolder_make(w->folder, err))
		return -1;
	for (i = 0; i < SITUATIONS; i++, p++) {
		r->rows[i].situation = &situations[i];
		r->rows[i].asked = r->options->rows >> i & 1;
		p->row = &r->rows[i];
		snprintf(p->trace, sizeof(p->trace), "%s/%zu.trace", w->folder,
			 i);
	}
	for (i = 0; i < REFERENCES; i++, p++) {
		r->references[i].situation = &references[i];
		r->references[i].asked = true;
		p->row = &r->references[i];
		p->reference = true;
	}
	for (p = w->plans; p < w->plans + SITUATIONS + REFERENCES; p++) {
		for (kind = 0; kind < STEP_KINDS; kind++)
			p->seconds[kind] = NAN;
	}
	return 0;
}

struct estimate ruler_mean(const struct ruler_turns *t)
{
	if (t->n < 2)
		return (struct estimate){t->n ? t->of[0] : NAN, NAN, NAN};
	return stats_mean(t->of, t->n);
}

static void fill_bins(struct ruler_live *live)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BINS; i++) {
		if (live->histogram.calls[i])
			live->bins[live->nbins++] = (struct ruler_bin){
				histogram_ns(i), live->histogram.calls[i]};
	}
}

static void judge_row(const struct work *w, const struct plan *p)
{
	struct ruler_row *row = p->row;

	fill_bins(&row->live);
	row->valid = w->r->machine.cpu[0] &&
		     !machine_is_emulated(&w->r->machine) &&
		     row->live.medians.n;
	if (!row->valid && machine_is_emulated(&w->r->machine))
		withhold_emulated(&w->r->machine, row->why);
	else if (!row->asked)
		snprintf(row->why, sizeof(row->why), "it wasn't asked for");
	else if (!row->valid && operator_interrupted())
		snprintf(row->why, sizeof(row->why),
			 "a signal came before its turn");
	else if (!row->valid && !row->why[0])
		snprintf(row->why, sizeof(row->why),
			 "the budget of %g s was spent before",
			 w->r->options->budget);
	if (is_replayed(p) && !row->replay.cycles.n && !row->replay.why[0])
		snprintf(row->replay.why, sizeof(row->replay.why), "%s",
			 row->valid ? "the budget was spent before" : row->why);
}

/* Has a row all that was asked for, as far as it can be had? */
static bool is_done(const struct work *w, const struct plan *p)
{
	unsigned int turns = w->r->options->turns;

	if (!p->row->asked)
		return true;
	if (p->row->live.medians.n < turns && !p->failed[STEP_LIVE])
		return false;
	return !is_replayed(p) || p->row->replay.cycles.n >= turns ||
	       p->failed[STEP_RECORD] || p->failed[STEP_REPLAY];
}

static void judge(struct work *w)
{
	struct ruler *r = w->r;
	struct plan *p;

	machine_describe(&r->machine);
	r->seconds = spent(w);
	r->complete = true;
	for (p = w->plans; p < w->plans + SITUATIONS + REFERENCES; p++) {
		judge_row(w, p);
		r->complete &= is_done(w, p);
		r->valid |= p->row->valid;
		if (p->row->asked && !p->row->valid && !r->why[0])
			snprintf(r->why, sizeof(r->why), "%.32s: %.200s",
				 p->row->situation->name, p->row->why);
	}
	r->interrupted = operator_interrupted();
	r->complete &= !r->interrupted;
	if (r->valid)
		r->why[0] = '\0';
}

int ruler_run(struct ruler *r, const struct ruler_options *options,
	      struct error *err)
{
	struct work w = {.r = r};
	unsigned int turn;
	int failed;

	*r = (struct ruler){.options = options};
	operator_listen();
	failed = begin(&w, err);
	for (turn = 1; !failed && turn <= options->turns; turn++)
		take_turn(&w, turn);
	operator_leave();
	if (!failed)
		judge(&w);
	tempfolder_remove(w.folder);
	return failed;
}
