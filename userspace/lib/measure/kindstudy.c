// SPDX-License-Identifier: GPL-2.0
#include "kindstudy.h"

#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "selftest.h"

const unsigned int kind_counts[KIND_COUNTS] = {1, 2, 4, 8, 16, 32};

/* Of each count and place: in a round of 40, enough for a third of a cycle. */
#define SAMPLES 2400u

/*
 * By how much the long pedestal is longer, additions: more than anything that was
 * seen to hide (90 cycles).
 */
#define PEDESTAL_MORE 120u

#define LEVEL 0.95

/* A kind's sequences: its counts, then its places. */
#define VARIANTS (KIND_COUNTS + KIND_PLACES)

struct work {
	struct kind_study *study;
	struct sequence *sequences;
	struct measure_subject *subjects;
	size_t n;
	struct estimate *found[2]; /* with the short pedestal, and the long one */
};

static int make_variant(const struct kind *k, unsigned int variant,
			struct sequence *s, struct error *err)
{
	static const unsigned int before[KIND_PLACES] = {
		[KIND_AT_MIDDLE] = KIND_BESIDE / 2,
		[KIND_AT_END] = KIND_BESIDE,
	};
	unsigned int place = variant - KIND_COUNTS;

	if (variant < KIND_COUNTS)
		return kind_sequence(k, kind_counts[variant], 0, 0, s, err);
	return kind_sequence(k, KIND_PLACED, before[place],
			     KIND_BESIDE - before[place], s, err);
}

static int make_all(struct work *w, struct error *err)
{
	unsigned int n, i;
	const struct kind *table = kinds(&n);

	w->study->n = n;
	w->n = n * VARIANTS;
	w->sequences = calloc(w->n, sizeof(*w->sequences));
	w->subjects = calloc(w->n, sizeof(*w->subjects));
	w->found[0] = calloc(w->n, sizeof(**w->found));
	w->found[1] = calloc(w->n, sizeof(**w->found));
	if (!w->sequences || !w->subjects || !w->found[0] || !w->found[1])
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < w->n; i++) {
		if (make_variant(&table[i / VARIANTS], i % VARIANTS,
				 &w->sequences[i], err))
			return -1;
		w->subjects[i].sequence = &w->sequences[i];
	}
	return 0;
}

static void free_all(struct work *w)
{
	size_t i;

	for (i = 0; w->sequences && i < w->n; i++)
		sequence_free(&w->sequences[i]);
	free(w->sequences);
	free(w->subjects);
	free(w->found[0]);
	free(w->found[1]);
}

/* What each took, over the blocks of a run. */
static int take(const struct measurement *m, struct estimate *found,
		struct error *err)
{
	size_t blocks = measurement_blocks(m), b, i;
	double *turns = calloc(blocks * m->nturns + 1, sizeof(*turns));
	double *one = calloc(blocks + 1, sizeof(*one));
	bool *known = calloc(blocks + 1, sizeof(*known));

	if (!turns || !one || !known) {
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	} else {
		for (b = 0; b < blocks; b++)
			known[b] = measurement_block(m, b, NULL,
						     turns + b * m->nturns);
		for (i = 0; i < m->nturns; i++) {
			for (b = 0; b < blocks; b++)
				one[b] = known[b] ? turns[b * m->nturns + i]
						  : NAN;
			found[i] = estimate_by_block(one, blocks, LEVEL);
			measure_widen(&found[i], 1);
		}
	}
	free(turns);
	free(one);
	free(known);
	return err->text[0] ? -1 : 0;
}

static int run(struct work *w, const struct measure_options *given,
	       unsigned int longer, struct error *err)
{
	struct measure_options options = *given;
	struct measurement m;
	int rc;

	options.samples = MIN(options.samples, SAMPLES);
	options.spread = 0;
	options.back_to_back = false;
	options.pedestal_more = longer * PEDESTAL_MORE;
	options.turns = (struct measure_turns){w->subjects, w->n};
	if (measure(NULL, 0, &options, &m, err))
		return -1;
	if (w->study->valid && !m.valid) {
		w->study->valid = false;
		memcpy(w->study->why, m.why, sizeof(m.why));
	}
	rc = take(&m, w->found[longer], err);
	measurement_free(&m);
	return rc;
}

void kind_judge(struct kind_finding *f)
{
	double x[KIND_COUNTS], y[KIND_COUNTS], intercept, unused;
	double off, allowed;
	unsigned int i;

	for (i = 0; i < KIND_COUNTS; i++) {
		x[i] = kind_counts[i];
		y[i] = f->cycles[i].mean;
	}
	gsl_fit_linear(x, 1, y, 1, KIND_COUNTS, &intercept, &f->slope, &unused,
		       &unused, &unused, &unused);
	f->in_proportion = true;
	f->off = f->allowed = 0;
	for (i = 0; i < KIND_COUNTS; i++) {
		off = y[i] - x[i] * f->slope;
		allowed = fmax(SELFTEST_CONSTANT,
			       SELFTEST_SLOPE * x[i] * f->slope);
		if (f->kind->shape == KIND_STORES)
			allowed += f->slope;
		/* Written so that what isn't a number fails. */
		if (!(f->cycles[i].hi >= x[i] * f->slope - allowed &&
		      f->cycles[i].lo <= x[i] * f->slope + allowed))
			f->in_proportion = false;
		if (!f->allowed ||
		    fabs(off) / allowed > fabs(f->off) / f->allowed) {
			f->off = off;
			f->allowed = allowed;
		}
	}
}

/* How the figures of a kind change with the pedestal. */
static void judge_pedestal(struct kind_finding *f, const struct estimate *brief,
			   const struct estimate *longer)
{
	struct estimate e;
	double half;
	unsigned int i;

	f->independent = true;
	for (i = 0; i < VARIANTS; i++) {
		if (i && brief[i].mean > KIND_PEDESTAL_CYCLES)
			continue;
		half = hypot(estimate_half_width(&brief[i]),
			     estimate_half_width(&longer[i]));
		e.mean = (longer[i].mean - brief[i].mean) / PEDESTAL_MORE;
		e.lo = e.mean - half / PEDESTAL_MORE;
		e.hi = e.mean + half / PEDESTAL_MORE;
		if (!(e.lo <= KIND_PEDESTAL_SLOPE &&
		      e.hi >= -KIND_PEDESTAL_SLOPE))
			f->independent = false;
		if (!i || fabs(e.mean) > fabs(f->pedestal.mean))
			f->pedestal = e;
	}
}

static void judge_all(struct work *w)
{
	struct kind_study *s = w->study;
	unsigned int n, i;
	const struct kind *table = kinds(&n);

	for (i = 0; i < n; i++) {
		struct kind_finding *f = &s->list[i];

		f->kind = &table[i];
		memcpy(f->cycles, w->found[0] + i * VARIANTS,
		       sizeof(f->cycles));
		kind_judge(f);
		judge_pedestal(f, w->found[0] + i * VARIANTS,
			       w->found[1] + i * VARIANTS);
		s->failed += !kind_passed(f);
	}
}

/* What overlaps by nature is in proportion in a loop. */
static int measure_loops(struct work *w, const struct measure_options *given,
			 struct error *err)
{
	struct measure_subject subjects[BACKTOBACK_MAX] = {{.sequence = NULL}};
	struct measure_options options = *given;
	struct kind_study *s = w->study;
	unsigned int of[BACKTOBACK_MAX], n = 0, i;
	struct measurement m;

	for (i = 0; i < s->n; i++)
		s->list[i].back_to_back = (struct estimate){NAN, NAN, NAN};
	for (i = 0; i < s->n && n < BACKTOBACK_MAX; i++) {
		if (s->list[i].kind->shape != KIND_OVERLAPS)
			continue;
		subjects[n].sequence = &w->sequences[i * VARIANTS + 3];
		of[n++] = i;
	}
	options.samples = MIN(options.samples, SAMPLES);
	options.spread = 0;
	options.back_to_back = true;
	if (measure(subjects, n, &options, &m, err))
		return -1;
	for (i = 0; i < n && m.valid && m.loops.n; i++) {
		struct estimate *e = &s->list[of[i]].back_to_back;

		*e = m.subjects[i].back_to_back;
		e->mean /= kind_counts[3];
		e->lo /= kind_counts[3];
		e->hi /= kind_counts[3];
	}
	measurement_free(&m);
	return 0;
}

int kind_study(const struct measure_options *options, struct kind_study *s,
	       struct error *err)
{
	struct work w = {.study = s};
	int rc;

	*s = (struct kind_study){.valid = true};
	rc = make_all(&w, err);
	if (!rc)
		rc = run(&w, options, 0, err);
	if (!rc)
		rc = run(&w, options, 1, err);
	if (!rc) {
		judge_all(&w);
		rc = measure_loops(&w, options, err);
	}
	free_all(&w);
	return rc;
}
