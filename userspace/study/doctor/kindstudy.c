// SPDX-License-Identifier: GPL-2.0
#include "kindstudy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "selftest.h"

/*
 * Samples of each count and place: with 40 in a round, enough for a third of a
 * cycle.
 */
#define SAMPLES 2400u

/*
 * The long pedestal is so many additions longer: more than was ever seen to hide
 * (90 cycles).
 */
#define PEDESTAL_MORE 120u

#define LEVEL 0.95

/* A kind's sequences: its counts, then its places. */
#define VARIANTS (KIND_COUNTS + KIND_PLACES)

/* Each sequence takes turns with the round's pedestal, and with a longer one. */
enum { BRIEF, LONGER, PEDESTALS };

/**
 * struct work - a study under way
 * @study: filled
 * @sequences: by kind and variant; the last does nothing: it is what the longer
 *	pedestal takes
 * @n: how many
 * @turns: PEDESTALS of each, side by side
 * @found: of each sequence, with the round's pedestal
 * @change: what it takes more with the longer one
 */
struct work {
	struct kind_study *study;
	struct sequence *sequences;
	size_t n;
	struct measure_subject *turns;
	struct estimate *found;
	struct estimate *change;
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

static int make_nothing(struct sequence *s, struct error *err)
{
	static const struct kind nothing = {
		.name = "nothing",
		.regions = "",
		.first = "",
		.op = "nop 1",
		.last = "",
	};

	return kind_sequence(&nothing, 1, 0, 0, s, err);
}

static int make_all(struct work *w, struct error *err)
{
	unsigned int n, p;
	const struct kind *table = kinds(&n);
	size_t i;
	int rc;

	w->study->n = n;
	w->n = n * VARIANTS + 1;
	w->sequences = calloc(w->n, sizeof(*w->sequences));
	w->turns = calloc(w->n, PEDESTALS * sizeof(*w->turns));
	w->found = calloc(w->n, sizeof(*w->found));
	w->change = calloc(w->n, sizeof(*w->change));
	if (!w->sequences || !w->turns || !w->found || !w->change)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < w->n; i++) {
		rc = i < w->n - 1
			     ? make_variant(&table[i / VARIANTS], i % VARIANTS,
					    &w->sequences[i], err)
			     : make_nothing(&w->sequences[i], err);
		if (rc)
			return -1;
		for (p = 0; p < PEDESTALS; p++)
			w->turns[PEDESTALS * i + p] = (struct measure_subject){
				.sequence = &w->sequences[i],
				.pedestal_more = p * PEDESTAL_MORE,
			};
	}
	return 0;
}

static void free_all(struct work *w)
{
	size_t i;

	for (i = 0; w->sequences && i < w->n; i++)
		sequence_free(&w->sequences[i]);
	free(w->sequences);
	free(w->turns);
	free(w->found);
	free(w->change);
}

/**
 * struct blocks - what each turn took, block by block
 * @n: how many
 * @cycles: [block * PEDESTALS * sequences + turn]; NAN: too few samples
 * @one: room for one figure's
 */
struct blocks {
	size_t n;
	double *cycles;
	double *one;
};

static int read_blocks(struct blocks *blocks, const struct measurement *m,
		       struct error *err)
{
	size_t b, i;
	double *at;

	blocks->n = measurement_blocks(m);
	blocks->cycles =
		calloc(blocks->n * m->nrotating + 1, sizeof(*blocks->cycles));
	blocks->one = calloc(blocks->n + 1, sizeof(*blocks->one));
	if (!blocks->cycles || !blocks->one)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (b = 0; b < blocks->n; b++) {
		at = blocks->cycles + b * m->nrotating;
		if (measurement_block(m, b, NULL, at))
			continue;
		for (i = 0; i < m->nrotating; i++)
			at[i] = NAN;
	}
	return 0;
}

/* How much longer sequence @i took with the longer pedestal, in one block. */
static double change_in(const double *cycles, size_t i)
{
	return cycles[PEDESTALS * i + LONGER] - cycles[PEDESTALS * i + BRIEF];
}

/*
 * Neighbours on a core come and go within seconds, and they don't slow the core's clock
 * down. So both pedestals are compared in each block, where they are measured side by
 * side; measured apart, locked operations differed by a tenth (Zen 3). There are four
 * hundred comparisons, so chance may leave an interval but rarely.
 */
static void estimate_all(struct work *w, struct blocks *blocks)
{
	size_t turns = PEDESTALS * w->n, nothing = w->n - 1, b, i;
	const double *at;

	for (i = 0; i < w->n; i++) {
		for (b = 0; b < blocks->n; b++) {
			at = blocks->cycles + b * turns;
			blocks->one[b] = at[PEDESTALS * i + BRIEF];
		}
		w->found[i] = estimate_by_block(blocks->one, blocks->n, LEVEL);
		measure_widen(&w->found[i], 1);
		for (b = 0; b < blocks->n; b++) {
			at = blocks->cycles + b * turns;
			blocks->one[b] =
				change_in(at, i) - change_in(at, nothing);
		}
		w->change[i] = estimate_by_block(blocks->one, blocks->n,
						 SELFTEST_LEVEL);
		measure_widen(&w->change[i], 1);
	}
}

static int run(struct work *w, const struct measure_options *given,
	       struct error *err)
{
	struct measure_options options = *given;
	struct blocks blocks = {0};
	struct measurement m;
	int rc;

	options.samples = MIN(options.samples, SAMPLES);
	options.spread = 0;
	options.back_to_back = false;
	options.rotation =
		(struct measure_rotation){w->turns, PEDESTALS * w->n};
	if (measure(NULL, 0, &options, &m, err))
		return -1;
	w->study->valid = m.valid;
	memcpy(w->study->why, m.why, sizeof(m.why));
	rc = read_blocks(&blocks, &m, err);
	if (!rc)
		estimate_all(w, &blocks);
	free(blocks.cycles);
	free(blocks.one);
	measurement_free(&m);
	return rc;
}

/*
 * Judges how the figures of a kind change with the pedestal: @change is of its
 * variants.
 */
static void judge_pedestal(struct kind_finding *f,
			   const struct estimate *change)
{
	struct estimate e;
	unsigned int i;

	f->independent = true;
	for (i = 0; i < VARIANTS; i++) {
		e.mean = change[i].mean / PEDESTAL_MORE;
		e.lo = change[i].lo / PEDESTAL_MORE;
		e.hi = change[i].hi / PEDESTAL_MORE;
		if (!selftest_passes(0, KIND_PEDESTAL_SLOPE, &e))
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
		memcpy(f->cycles, w->found + i * VARIANTS, sizeof(f->cycles));
		kind_judge(f);
		judge_pedestal(f, w->change + i * VARIANTS);
		s->failed += !kind_passed(f);
	}
}

/* The cost of kinds that overlap by nature is in proportion in a loop only. */
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
		if (kind_is_serial(s->list[i].kind))
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
		rc = run(&w, options, err);
	if (!rc) {
		judge_all(&w);
		rc = measure_loops(&w, options, err);
	}
	free_all(&w);
	return rc;
}
