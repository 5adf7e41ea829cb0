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

/* Each sequence takes turns with the round's pedestal, and with a longer one. */
enum { BRIEF, LONGER, PEDESTALS };

/**
 * struct work - a study under way
 * @study: filled
 * @sequences: by kind and variant; the last does nothing: it is what the longer
 *	pedestal takes
 * @n: how many
 * @turns: PEDESTALS of each, side by side
 */
struct work {
	struct kind_study *study;
	struct sequence *sequences;
	size_t n;
	struct measure_subject *turns;
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
	w->n = n * KIND_VARIANTS + 1;
	w->sequences = calloc(w->n, sizeof(*w->sequences));
	w->turns = calloc(w->n, PEDESTALS * sizeof(*w->turns));
	w->study->series = calloc(n * KIND_SERIES, sizeof(*w->study->series));
	if (!w->sequences || !w->turns || !w->study->series)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < w->n; i++) {
		rc = i < w->n - 1 ? make_variant(&table[i / KIND_VARIANTS],
						 i % KIND_VARIANTS,
						 &w->sequences[i], err)
				  : make_nothing(&w->sequences[i], err);
		if (rc)
			return -1;
		for (p = 0; p < PEDESTALS; p++)
			w->turns[PEDESTALS * i + p] = (struct measure_subject){
				.sequence = &w->sequences[i],
				.pedestal_more = p * KIND_PEDESTAL_MORE,
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
static void take_block(struct work *w, size_t b, const double *cycles)
{
	struct block_series *of;
	size_t nothing = w->n - 1, i;
	unsigned int variant;

	for (i = 0; i < nothing; i++) {
		of = w->study->series + i / KIND_VARIANTS * KIND_SERIES;
		variant = i % KIND_VARIANTS;
		if (variant < KIND_COUNTS)
			of[variant].values[b] = cycles[PEDESTALS * i + BRIEF];
		of[KIND_COUNTS + variant].values[b] =
			change_in(cycles, i) - change_in(cycles, nothing);
	}
}

static int take_blocks(struct work *w, const struct measurement *m,
		       struct error *err)
{
	double *cycles = calloc(m->nrotating + 1, sizeof(*cycles));
	size_t blocks = measurement_blocks(m), b, i;

	if (!cycles)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (b = 0; b < blocks; b++) {
		if (!measurement_block(m, b, NULL, cycles)) {
			for (i = 0; i < m->nrotating; i++)
				cycles[i] = NAN;
		}
		take_block(w, b, cycles);
	}
	free(cycles);
	for (i = 0; i < w->study->n * KIND_SERIES; i++) {
		if (i % KIND_SERIES == KIND_LOOP)
			continue;
		w->study->series[i].n = blocks;
		block_series_round(&w->study->series[i]);
	}
	return 0;
}

static int run(struct work *w, const struct measure_options *given,
	       struct error *err)
{
	struct measure_options options = *given;
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
	rc = take_blocks(w, &m, err);
	measurement_free(&m);
	return rc;
}

static void judge_all(struct kind_study *s)
{
	unsigned int n, i;
	const struct kind *table = kinds(&n);

	for (i = 0; i < n; i++) {
		kind_find(&s->list[i], &table[i], s->series + i * KIND_SERIES);
		s->failed += !kind_passed(&s->list[i]);
	}
}

static void take_loop(struct block_series *s, const struct measurement *m,
		      size_t subject)
{
	size_t b;

	s->n = measurement_blocks(m);
	for (b = 0; b < s->n; b++)
		s->values[b] = measurement_loop_in(m, subject, b);
	block_series_round(s);
}

/* The cost of kinds that overlap by nature is in proportion in a loop only. */
static int measure_loops(struct work *w, const struct measure_options *given,
			 struct error *err)
{
	struct measure_subject subjects[BACKTOBACK_MAX] = {{.sequence = NULL}};
	struct measure_options options = *given;
	struct kind_study *s = w->study;
	unsigned int of[BACKTOBACK_MAX], n = 0, i;
	const struct kind *table = kinds(&i);
	struct measurement m;

	for (i = 0; i < s->n && n < BACKTOBACK_MAX; i++) {
		if (kind_is_serial(&table[i]))
			continue;
		subjects[n].sequence =
			&w->sequences[i * KIND_VARIANTS + KIND_LOOPED];
		of[n++] = i;
	}
	options.samples = MIN(options.samples, SAMPLES);
	options.spread = 0;
	options.back_to_back = true;
	if (measure(subjects, n, &options, &m, err))
		return -1;
	for (i = 0; i < n && m.valid && m.loops.n; i++)
		take_loop(&s->series[of[i] * KIND_SERIES + KIND_LOOP], &m, i);
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
	if (!rc)
		rc = measure_loops(&w, options, err);
	if (!rc)
		judge_all(s);
	free_all(&w);
	if (rc)
		kind_study_free(s);
	return rc;
}

void kind_study_free(struct kind_study *s)
{
	free(s->series);
	s->series = NULL;
}
