// SPDX-License-Identifier: GPL-2.0
#include "verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdr.h"

/* Chances below this are as good as none: bisection ends there. */
#define LEAST_P 1e-15

/* Part of a figure by which arithmetic alone may move it. */
#define ROUNDING 1e-12

const char *verdict_name(unsigned int verdict)
{
	static const char *const names[VERDICTS] = {
		[VERDICT_SUPPORTED] = "supported",
		[VERDICT_REFUTED] = "refuted",
		[VERDICT_CONDITIONAL] = "conditional",
		[VERDICT_UNDETERMINED] = "undetermined",
		[VERDICT_MALFORMED] = "malformed",
		[VERDICT_NOT_MEASURABLE] = "not measurable",
	};

	return verdict < VERDICTS ? names[verdict] : NULL;
}

/*
 * Both ends belong to a prediction. An interval that ends on one of them decides nothing,
 * since draws are rounded by their clock; a fact isn't rounded.
 */
static enum verdict hold(const struct saying *p, const struct series *s,
			 const struct estimate *e)
{
	double room = s->fact ? 0 : ROUNDING * fabs(e->mean);

	if (e->lo - room >= p->lo && e->hi + room <= p->hi)
		return VERDICT_SUPPORTED;
	if (e->hi + room < p->lo || e->lo - room > p->hi)
		return VERDICT_REFUTED;
	return VERDICT_UNDETERMINED;
}

/* The least alpha at which the verdict is the same: intervals grow as alpha shrinks. */
static double least_alpha(const struct saying *p, const struct series *s,
			  double alpha, enum verdict verdict)
{
	double low = log(LEAST_P), high = log(alpha), middle;
	struct estimate e;

	if (s->fact)
		return 0;
	while (high - low > 0.01) {
		middle = (low + high) / 2;
		series_estimate(s, exp(middle), &e);
		if (hold(p, s, &e) == verdict)
			high = middle;
		else
			low = middle;
	}
	return exp(high);
}

static void judge_case(const struct saying *p, const struct finding *f,
		       double alpha, struct judged_case *c)
{
	*c = (struct judged_case){
		.verdict = VERDICT_UNDETERMINED,
		.found = {NAN, NAN, NAN},
		.p = 1,
	};
	if (f->why[0] && !f->series.n) {
		c->verdict = VERDICT_NOT_MEASURABLE;
		return;
	}
	if (!series_estimate(&f->series, alpha, &c->found))
		return;
	c->verdict = hold(p, &f->series, &c->found);
	if (c->verdict != VERDICT_UNDETERMINED)
		c->p = least_alpha(p, &f->series, alpha, c->verdict);
}

/* How many cases there are of each verdict, and the first of each. */
struct tally {
	size_t n[VERDICTS];
	size_t first[VERDICTS];
	size_t cases;
};

static struct tally count(const struct judgement *j, size_t from, size_t n)
{
	struct tally t = {.cases = n};
	size_t i;

	for (i = n; i--;) {
		t.n[j->cases[from + i].verdict]++;
		t.first[j->cases[from + i].verdict] = from + i;
	}
	return t;
}

/* One case of @enough decides; else all must be @other. */
static enum verdict one_decides(const struct tally *t, enum verdict enough,
				enum verdict other)
{
	if (t->n[enough])
		return enough;
	if (t->n[other] == t->cases)
		return other;
	if (t->n[VERDICT_NOT_MEASURABLE] == t->cases)
		return VERDICT_NOT_MEASURABLE;
	return VERDICT_UNDETERMINED;
}

/* All that could be asked must agree; that they don't is a condition. */
static enum verdict all_agree(const struct tally *t)
{
	if (t->n[VERDICT_SUPPORTED] && t->n[VERDICT_REFUTED])
		return VERDICT_CONDITIONAL;
	if (t->n[VERDICT_UNDETERMINED])
		return VERDICT_UNDETERMINED;
	if (t->n[VERDICT_SUPPORTED])
		return VERDICT_SUPPORTED;
	return t->n[VERDICT_REFUTED] ? VERDICT_REFUTED : VERDICT_NOT_MEASURABLE;
}

/* Several names in one claim are a list: a single one that isn't there refutes it. */
static enum verdict combine(const struct claim *c, const struct tally *t)
{
	switch (c->class) {
	case CLAIM_EXISTENTIAL:
		return one_decides(t, VERDICT_SUPPORTED, VERDICT_REFUTED);
	case CLAIM_UNIVERSAL:
		return one_decides(t, VERDICT_REFUTED, VERDICT_SUPPORTED);
	default:
		return all_agree(t);
	}
}

/* A claim of one version, or of whatever is there, is one group of cases. */
static size_t groups(const struct claim *c)
{
	return c->nversions ? c->nversions : 1;
}

/* Versions have to agree; that they differ is a condition. */
static enum verdict combine_versions(const struct claim *c, struct judgement *j)
{
	size_t each = c->ncases / groups(c), i;
	struct tally t, versions = {.cases = groups(c)};

	for (i = 0; i < groups(c); i++) {
		t = count(j, i * each, each);
		j->by_version[i] = combine(c, &t);
		versions.n[j->by_version[i]]++;
	}
	if (versions.n[VERDICT_CONDITIONAL])
		return VERDICT_CONDITIONAL;
	return all_agree(&versions);
}

/* The chance that what decided a version is wrong, of its cases that were asked. */
static double chance_of_version(const struct claim *c,
				const struct judgement *j, size_t version)
{
	size_t each = c->ncases / groups(c), i;
	enum verdict verdict = j->by_version[version];
	bool one = (c->class == CLAIM_EXISTENTIAL &&
		    verdict == VERDICT_SUPPORTED) ||
		   (c->class == CLAIM_UNIVERSAL && verdict == VERDICT_REFUTED);
	double p = one ? 1 : 0;

	for (i = version * each; i < (version + 1) * each; i++) {
		const struct judged_case *k = &j->cases[i];

		if (k->verdict == VERDICT_NOT_MEASURABLE ||
		    k->verdict == VERDICT_UNDETERMINED)
			continue;
		if (!one)
			p = fmax(p, k->p);
		else if (k->verdict == verdict)
			p = fmin(p, k->p);
	}
	return p;
}

/* Likewise, of all versions together. */
static double chance(const struct claim *c, const struct judgement *j)
{
	double p = 0;
	size_t i;

	if (j->core > VERDICT_CONDITIONAL)
		return 1;
	for (i = 0; i < groups(c); i++)
		if (j->by_version[i] <= VERDICT_CONDITIONAL)
			p = fmax(p, chance_of_version(c, j, i));
	return fmin(1, p * c->ncases);
}

/* How far a limit has to move until the verdict on this case is the opposite. */
static double flip_distance(const struct saying *p, const struct judged_case *c)
{
	double below = p->hi - c->found.lo, above = c->found.hi - p->lo;

	if (c->verdict == VERDICT_SUPPORTED)
		return fmin(below, above);
	if (c->verdict != VERDICT_REFUTED)
		return NAN;
	return c->found.hi < p->lo ? p->lo - c->found.lo : c->found.hi - p->hi;
}

/* The names of cases with a verdict, as far as there is room. */
static void list_cases(const struct claim *c, const struct judgement *j,
		       enum verdict verdict, char *text, size_t bytes)
{
	size_t used = 0, i;

	text[0] = '\0';
	for (i = 0; i < c->ncases && used < bytes; i++)
		if (j->cases[i].verdict == verdict)
			used += snprintf(text + used, bytes - used, "%s%s",
					 used ? ", " : "", c->cases[i].name);
}

/* Likewise, the versions with a verdict. */
static void list_versions(const struct claim *c, const struct judgement *j,
			  enum verdict verdict, char *text, size_t bytes)
{
	size_t each = c->ncases / c->nversions, used = 0, i;

	text[0] = '\0';
	for (i = 0; i < c->nversions && used < bytes; i++)
		if (j->by_version[i] == verdict)
			used += snprintf(text + used, bytes - used, "%sGo %s",
					 used ? ", " : "",
					 c->cases[i * each].go);
}

static void say_conditional(const struct claim *c, struct judgement *j)
{
	char where[VERDICT_WHY / 3 - 16], not_where[VERDICT_WHY / 3 - 16],
		partly[VERDICT_WHY / 3 - 16] = "";

	if (c->nversions) {
		list_versions(c, j, VERDICT_SUPPORTED, where, sizeof(where));
		list_versions(c, j, VERDICT_REFUTED, not_where,
			      sizeof(not_where));
		list_versions(c, j, VERDICT_CONDITIONAL, partly,
			      sizeof(partly));
	} else {
		list_cases(c, j, VERDICT_SUPPORTED, where, sizeof(where));
		list_cases(c, j, VERDICT_REFUTED, not_where, sizeof(not_where));
	}
	snprintf(j->why, sizeof(j->why), "true: %s; false: %s%s%s",
		 where[0] ? where : "none", not_where[0] ? not_where : "none",
		 partly[0] ? "; differs by case: " : "", partly);
}

/* Say how a case's figure lies to the prediction. */
static void say_figure(const struct claim *c, const struct finding *f,
		       struct judgement *j)
{
	static const char *const relation[VERDICTS] = {
		[VERDICT_SUPPORTED] = "lies within",
		[VERDICT_REFUTED] = "lies outside",
		[VERDICT_UNDETERMINED] = "overlaps the border of",
	};
	const struct judged_case *k = &j->cases[j->shown];
	const char *name = c->cases[j->shown].name;
	char predicted[128], figure[128];

	saying_text(&c->prediction, predicted, sizeof(predicted));
	if (f->series.fact)
		snprintf(figure, sizeof(figure), "%.6g", k->found.mean);
	else
		snprintf(figure, sizeof(figure), "%.4g [%.4g, %.4g]",
			 k->found.mean, k->found.lo, k->found.hi);
	if (c->prediction.words == CLAIM_EXISTS ||
	    c->prediction.words == CLAIM_ABSENT)
		snprintf(j->why, sizeof(j->why), "%s%s%s", name,
			 name[0] ? ": " : "",
			 k->found.mean ? "it is there" : "it isn't there");
	else
		snprintf(j->why, sizeof(j->why), "%s%s%s %s %s", name,
			 name[0] ? ": " : "", figure, relation[k->verdict],
			 predicted);
}

static void say(const struct claim *c, const struct finding *f,
		struct judgement *j)
{
	if (j->core == VERDICT_CONDITIONAL)
		say_conditional(c, j);
	else if (j->cases[j->shown].verdict == VERDICT_NOT_MEASURABLE)
		snprintf(j->why, sizeof(j->why), "%s", f[j->shown].why);
	else if (!isnan(j->cases[j->shown].found.mean))
		say_figure(c, &f[j->shown], j);
	else
		snprintf(j->why, sizeof(j->why),
			 "%zu draws so far, at least %u decide",
			 f[j->shown].series.n,
			 f[j->shown].series.fact ? 1 : SERIES_FIRST_LOOK);
}

void verdict_judge(const struct claim *claim, const struct finding *findings,
		   double alpha, struct judgement *j)
{
	struct tally t;
	size_t i;

	*j = (struct judgement){.flip = NAN};
	for (i = 0; i < claim->ncases; i++) {
		judge_case(&claim->prediction, &findings[i],
			   alpha / claim->ncases, &j->cases[i]);
		if (!findings[i].series.fact &&
		    series_draws(&findings[i].series))
			j->tested = true;
	}
	t = count(j, 0, claim->ncases);
	j->core = combine_versions(claim, j);
	j->verdict = claim->malformed[0] ? VERDICT_MALFORMED : j->core;
	if (j->core != VERDICT_CONDITIONAL && t.n[j->core])
		j->shown = t.first[j->core];
	j->p = chance(claim, j);
	j->flip = flip_distance(&claim->prediction, &j->cases[j->shown]);
	say(claim, findings, j);
}

bool verdict_decided(const struct judgement *j)
{
	return j->core != VERDICT_UNDETERMINED;
}

static void say_withdrawn(struct judgement *j)
{
	size_t used = strlen(j->why);

	snprintf(j->why + used, sizeof(j->why) - used,
		 ", which doesn't stand among so many claims");
}

long verdict_control(struct judgement *j, size_t n)
{
	double *p = calloc(n ? n : 1, sizeof(*p)), harmonic = 0;
	bool *stands = calloc(n ? n : 1, sizeof(*stands));
	size_t tested = 0, i;
	long withdrawn = 0;

	for (i = 0; p && i < n; i++)
		if (j[i].tested) {
			p[tested++] = j[i].p;
			harmonic += 1.0 / tested;
		}
	if (!p || !stands ||
	    (tested &&
	     fdr_select(p, tested, VERDICT_FALSE_RATE / harmonic, stands) < 0))
		withdrawn = -1;
	for (i = tested = 0; i < n && withdrawn >= 0; i++) {
		if (!j[i].tested || stands[tested++] || j[i].p >= 1)
			continue;
		if (j[i].verdict == j[i].core)
			j[i].verdict = VERDICT_UNDETERMINED;
		j[i].core = VERDICT_UNDETERMINED;
		j[i].withdrawn = true;
		say_withdrawn(&j[i]);
		withdrawn++;
	}
	free(p);
	free(stands);
	return withdrawn;
}
