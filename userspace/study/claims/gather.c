// SPDX-License-Identifier: GPL-2.0
#include "gather.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "elapsed.h"
#include "evidence.h"
#include "operator.h"
#include "series.h"
#include "studies.h"

/* Draws that take no longer are cheap, seconds. */
#define CHEAP 0.5

/**
 * struct gathered_study - one study
 * @operand: which
 * @asked: draws are asked for
 * @refused: two programs that can't take turns never will
 * @draws: that are among the evidence
 * @seconds: that the last draw took; NAN: nobody knows
 */
struct gathered_study {
	struct operand operand;
	bool asked;
	bool refused;
	size_t draws;
	double seconds;
};

int gathering_begin(struct gathering *g, const struct gather_options *options,
		    struct error *err)
{
	*g = (struct gathering){.options = options};
	return evidence_begin(&options->run.evidence, options->run.goprobe,
			      err);
}

void gathering_end(struct gathering *g)
{
	free(g->studies);
	*g = (struct gathering){0};
}

/* The place of a study; g->n: nobody has asked for it yet. */
static size_t find_study(const struct gathering *g, const struct operand *o)
{
	char name[STUDY_NAME], other[STUDY_NAME];
	size_t i;

	study_name(o, name);
	for (i = 0; i < g->n; i++)
		if (!strcmp(name, study_name(&g->studies[i].operand, other)))
			break;
	return i;
}

/*
 * Ask for a study. A new one comes right after @beside in each turn, lest the machine change
 * between the two of a pair; after all others, if nobody has asked for that, or for NULL.
 */
static int ask_study(struct gathering *g, const struct operand *o,
		     const struct operand *beside)
{
	size_t at = find_study(g, o);
	struct gathered_study *grown;

	if (at < g->n) {
		g->studies[at].asked = true;
		return 0;
	}
	grown = realloc(g->studies, (g->n + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	g->studies = grown;
	if (beside && find_study(g, beside) < g->n)
		at = find_study(g, beside) + 1;
	memmove(&grown[at + 1], &grown[at], (g->n++ - at) * sizeof(*grown));
	grown[at] = (struct gathered_study){
		.operand = *o,
		.asked = true,
		.draws = evidence_draws(&g->options->run.evidence, o),
		.seconds = NAN,
	};
	return 0;
}

/* A study, after those that it needs. */
static int ask_with_needs(struct gathering *g, const struct operand *o,
			  const struct operand *beside)
{
	struct operand gate, record = studies_recording(o);

	if (study_row(o->study)->traced && ask_study(g, &record, NULL))
		return -1;
	if (evidence_gate(o, &gate) && ask_study(g, &gate, NULL))
		return -1;
	return ask_study(g, o, beside);
}

int gathering_ask(struct gathering *g, const struct quantity *q,
		  struct error *err)
{
	struct quantity turns;

	if (evidence_turns(&g->options->run.evidence, q, &turns))
		q = &turns;
	if (ask_with_needs(g, &q->of, q->has_over ? &q->over : NULL) ||
	    (q->has_minus && ask_with_needs(g, &q->minus, &q->of)) ||
	    (q->has_over && ask_with_needs(g, &q->over, &q->of)))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for the claims' studies");
	return 0;
}

void gathering_forget(struct gathering *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		g->studies[i].asked = false;
}

static bool is_gate(const struct gathered_study *s)
{
	return s->operand.study == STUDY_FIDELITY ||
	       s->operand.study == STUDY_RECORD;
}

/* How many draws a study shall have until look @k; a fact has one. */
static size_t wanted_draws(const struct gathered_study *s, unsigned int k)
{
	if (!s->asked || s->refused)
		return 0;
	return study_row(s->operand.study)->once ? 1 : series_look(k);
}

/* Likewise, if only the cheap ones are to have more than one. */
static size_t wanted_cheap(const struct gathered_study *s)
{
	return s->seconds > CHEAP ? s->asked : wanted_draws(s, 1);
}

unsigned int gathering_looks(const struct gathering *g)
{
	unsigned int k, least = UINT_MAX;
	size_t i;

	for (i = 0; i < g->n; i++) {
		const struct gathered_study *s = &g->studies[i];

		if (!s->asked || study_row(s->operand.study)->once)
			continue;
		for (k = 0; k < least && series_look(k) <= s->draws; k++)
			;
		least = k < least ? k : least;
	}
	return least == UINT_MAX ? 0 : least;
}

double gathering_cost(const struct gathering *g, unsigned int k)
{
	double cost = 0;
	size_t i, wanted;

	for (i = 0; i < g->n; i++) {
		const struct gathered_study *s = &g->studies[i];

		wanted = wanted_draws(s, k);
		if (wanted > s->draws && !isnan(s->seconds))
			cost += (wanted - s->draws) * s->seconds;
	}
	return cost;
}

static void tell(const struct gather_options *o)
{
	double all = o->until - o->since;

	if (isfinite(all) && all > 0)
		operator_tell(fmin(1, (elapsed() - o->since) / all));
}

static int run_one(struct gathering *g, struct gathered_study *s,
		   struct error *err)
{
	double start = elapsed();

	if (studyrun_draw(&g->options->run, &s->operand, s->draws + 1, err))
		return -1;
	/* A study that a signal has cut short is no draw. */
	if (operator_interrupted())
		return 0;
	s->draws++;
	s->seconds = elapsed() - start;
	s->refused = s->operand.study == STUDY_VERSUS &&
		     evidence_refused(&g->options->run.evidence, &s->operand);
	g->ran++;
	return 0;
}

/**
 * struct turns - draws of all studies of a kind
 * @gates: those that decide whether others are run, or the others
 * @cheap: gathering_draw()
 * @k: likewise
 */
struct turns {
	bool gates;
	bool cheap;
	unsigned int k;
};

/* One turn: draw @draw. 1: the time is up; -1: @err. */
static int run_turn(struct gathering *g, const struct turns *t, size_t draw,
		    struct error *err)
{
	char why[256];
	size_t i;
	int passes;

	for (i = 0; i < g->n; i++) {
		struct gathered_study *s = &g->studies[i];

		if (is_gate(s) != t->gates || s->draws >= draw ||
		    draw > (t->cheap ? wanted_cheap(s) : wanted_draws(s, t->k)))
			continue;
		passes = evidence_passes(&g->options->run.evidence, &s->operand,
					 why, err);
		if (passes < 0)
			return -1;
		/* Nobody would believe it. */
		if (!passes)
			continue;
		if (elapsed() >= g->options->until || operator_interrupted())
			return 1;
		tell(g->options);
		if (run_one(g, s, err))
			return -1;
	}
	return 0;
}

static int run_turns(struct gathering *g, const struct turns *t,
		     struct error *err)
{
	size_t draw, n = series_look(t->cheap ? 1 : t->k);
	int rc = 0;

	for (draw = 1; !rc && draw <= n; draw++)
		rc = run_turn(g, t, draw, err);
	return rc;
}

int gathering_draw(struct gathering *g, unsigned int k, bool cheap,
		   struct error *err)
{
	struct turns t = {.gates = true, .cheap = cheap, .k = k};
	int rc = run_turns(g, &t, err);

	t.gates = false;
	if (!rc)
		rc = run_turns(g, &t, err);
	gathering_forget(g);
	return rc < 0 ? -1 : 0;
}
