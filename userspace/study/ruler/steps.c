// SPDX-License-Identifier: GPL-2.0
#include "steps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "resultchild.h"

/* Of the live calls of a turn: long enough for a hundredth of them to be many. */
#define LIVE_LIMIT "300ms"

/* Calls to record: their most frequent variant is replayed. */
#define REPETITIONS "5"

#define SAMPLES	     "4000"
#define COLD_SAMPLES "500"
#define SPREAD	     "0.3"

double step_seconds(enum step_kind kind)
{
	static const double seconds[STEP_KINDS] = {
		[STEP_LIVE] = 0.9,
		[STEP_RECORD] = 2,
		[STEP_REPLAY] = 1.2,
	};

	return seconds[kind];
}

static void add(struct ruler_turns *t, double value)
{
	if (isfinite(value) && t->n < RULER_MAX_TURNS)
		t->of[t->n++] = value;
}

static void add_bins(struct histogram *h, const struct result *found)
{
	const struct result *bin;
	char path[32];
	size_t i;

	for (i = 0;; i++) {
		snprintf(path, sizeof(path), "bins.%zu", i);
		bin = result_piece(found, path);
		if (!bin)
			return;
		histogram_add(h, result_whole(bin, "index"),
			      (uint64_t)result_whole(bin, "calls"));
	}
}

static int take_live(struct step *s, char go[48])
{
	struct ruler_live *live = &s->row->live;
	char *argv[] = {(char *)s->options->goprobe,
			(char *)"spread",
			(char *)s->row->situation->scenario,
			(char *)"-limit",
			(char *)LIVE_LIMIT,
			NULL};
	struct result *found;
	int code;

	found = result_of_command(argv, "", s->limit, s->row->why, &code);
	if (!found)
		return -1;
	if (result_whole(found, "bins_per_octave") != HISTOGRAM_PER_OCTAVE) {
		snprintf(s->row->why, sizeof(s->row->why),
			 "%s: its bins are others: run make",
			 s->options->goprobe);
		result_free(found);
		return -1;
	}
	snprintf(go, 48, "%s", result_word(found, "go") ?: "");
	snprintf(live->by, sizeof(live->by), "%s",
		 result_word(found, "by") ?: "");
	add(&live->loops, result_real(found, "loop_ns"));
	add(&live->clocks, result_real(found, "core_cycles_per_ns"));
	add(&live->medians, result_real(found, "median_ns"));
	add_bins(&live->histogram, found);
	s->row->why[0] = '\0';
	result_free(found);
	return 0;
}

static int take_recording(struct step *s)
{
	char *argv[] = {(char *)s->options->switchcost,
			(char *)"record",
			(char *)"--json",
			(char *)"--scenario",
			(char *)s->row->situation->scenario,
			(char *)"--goprobe",
			(char *)s->options->goprobe,
			(char *)"--repetitions",
			(char *)REPETITIONS,
			(char *)"-o",
			(char *)s->trace,
			NULL};
	struct result *found;
	int code;

	found = result_of_command(argv, "", s->limit, s->row->replay.why,
				  &code);
	result_free(found);
	return found ? 0 : -1;
}

/* Quantiles are ticks without the control's; the frame's constant comes off, too. */
static void add_quantiles(struct ruler_replay *r, const struct result *found)
{
	double per_tick = result_real(found, "core_per_tsc");
	double per_ns = per_tick * result_real(found, "tsc_hz") / 1e9;
	double constant = result_real(found, "frame_constant_cycles.mean");
	char path[32];
	size_t q;

	for (q = 0; q < STATS_QUANTILES; q++) {
		snprintf(path, sizeof(path), "ticks_quantiles.p%02.0f",
			 stats_quantiles[q] * 100);
		add(&r->quantiles[q],
		    (result_real(found, path) * per_tick - constant) / per_ns);
	}
	add(&r->clocks, per_ns);
	add(&r->loops, result_real(found, "back_to_back.mean") / per_ns);
}

static int take_replay(struct step *s)
{
	const char *state = s->row->situation->state;
	struct ruler_replay *r = &s->row->replay;
	char *argv[] = {(char *)s->options->switchcost,
			(char *)"replay",
			(char *)"--json",
			(char *)"--spread",
			(char *)SPREAD,
			(char *)"-n",
			(char *)(state ? COLD_SAMPLES : SAMPLES),
			(char *)s->trace,
			(char *)(state ? "--state" : NULL),
			(char *)state,
			NULL};
	struct result *found;
	int code;

	found = result_of_command(argv, "", s->limit, r->why, &code);
	if (!found)
		return -1;
	if (!result_holds(found, "valid")) {
		snprintf(r->why, sizeof(r->why), "%s",
			 result_word(found, "why") ?: "it is withheld");
		result_free(found);
		return -1;
	}
	add_quantiles(r, found);
	add(&r->cycles, result_real(found, "isolated.mean"));
	r->samples += (uint64_t)result_whole(found, "samples");
	r->ops = result_whole(found, "ops");
	r->why[0] = '\0';
	result_free(found);
	return 0;
}

int step_take(struct step *s, enum step_kind kind, char go[48])
{
	switch (kind) {
	case STEP_LIVE:
		return take_live(s, go);
	case STEP_RECORD:
		return take_recording(s);
	default:
		return take_replay(s);
	}
}
