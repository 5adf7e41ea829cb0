// SPDX-License-Identifier: GPL-2.0
#include "study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "elapsed.h"
#include "geometry_cpu.h"
#include "withhold.h"

/*
 * The quick ones come first, since the time that they leave goes to those after
 * them.
 */
static const enum eviction_level order[EVICTION_LEVELS] = {
	EVICTION_DTLB,
	EVICTION_STLB,
	EVICTION_L2,
	EVICTION_L1D,
};

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int count_code(const struct sequence *s, struct study_code *code,
		      struct error *err)
{
	uint32_t *lines = calloc(s->nops + 1, sizeof(*lines));
	size_t i;

	if (!lines)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < s->nops; i++) {
		if (s->ops[i].code)
			lines[code->told++] = SWC_CODE_LINE(s->ops[i].code);
	}
	qsort(lines, code->told, sizeof(*lines), ascending);
	for (i = 0; i < code->told; i++) {
		code->lines += !i || lines[i] != lines[i - 1];
		code->pages += !i || lines[i] / SWC_LINES_PER_PAGE !=
					     lines[i - 1] / SWC_LINES_PER_PAGE;
	}
	free(lines);
	return 0;
}

static unsigned int count_levels(const struct study_options *options)
{
	unsigned int level, n = 0;

	for (level = 0; level < EVICTION_LEVELS; level++)
		n += options->levels[level];
	return n;
}

static int choose_victims(struct victims *victims, enum eviction_level level,
			  const struct geometry *geometry,
			  const struct study_options *options,
			  struct error *err)
{
	if (options->working)
		return victims_recorded(victims, level, geometry,
					&options->working->data, err);
	return victims_synthetic(victims, level, geometry, options->l2_share,
				 err);
}

/* A call that touches all of a working set displaces nothing of it. */
static int nothing_to_lose(struct study *study, struct victims *victims,
			   struct error *err)
{
	enum eviction_level level = victims->level;
	struct predicted *f = &study->predicted[level];

	if (evictions_init(&study->evictions[level], victims, err))
		return -1;
	study->evictions[level].valid = true;
	study->done[level] = true;
	snprintf(f->why, sizeof(f->why), "there is nothing to lose");
	return 0;
}

static int study_level(const struct sequence *s, enum eviction_level level,
		       const struct geometry *geometry,
		       const struct study_options *options, double seconds,
		       struct study *study, struct error *err)
{
	struct level_options how = {
		.ring = options->ring,
		.cpu = options->cpu,
		.seconds = seconds,
		.samples = options->samples,
		.tsc_step = options->tsc_step,
	};
	struct evictions *e = &study->evictions[level];
	struct victims victims;

	if (choose_victims(&victims, level, geometry, options, err))
		return -1;
	if (!victims.n)
		return nothing_to_lose(study, &victims, err);
	if (level_run(s, &victims, geometry, &how, e, err))
		return -1;
	study->done[level] = true;
	return predicted_make(&study->predicted[level], s, &e->victims,
			      options->model, options->policy, err);
}

static int study_levels(const struct sequence *s,
			const struct study_options *options,
			struct study *study, struct error *err)
{
	double end = elapsed() + options->seconds;
	unsigned int i, left = count_levels(options);
	struct geometry geometry;

	if (geometry_here(&geometry, options->cpu, err))
		return -1;
	for (i = 0; i < EVICTION_LEVELS; i++) {
		if (!options->levels[order[i]])
			continue;
		if (study_level(s, order[i], &geometry, options,
				(end - elapsed()) / left--, study, err))
			return -1;
	}
	return 0;
}

bool study_is_valid(const struct study *study, enum eviction_level level)
{
	return study->done[level] && study->evictions[level].valid &&
	       !machine_is_emulated(&study->machine);
}

static void judge(struct study *study)
{
	unsigned int level;

	study->valid = true;
	for (level = 0; level < EVICTION_LEVELS && study->valid; level++) {
		if (!study->done[level] || study_is_valid(study, level))
			continue;
		study->valid = false;
		snprintf(study->why, sizeof(study->why), "%s",
			 study->evictions[level].why);
	}
	if (!study->valid)
		withhold_emulated(&study->machine, study->why);
}

int study_run(const struct sequence *s, const struct study_options *options,
	      struct study *study, struct error *err)
{
	double start = elapsed(), cpu_start = elapsed_cpu();

	*study = (struct study){0};
	machine_describe(&study->machine);
	if (count_code(s, &study->code, err) ||
	    study_levels(s, options, study, err)) {
		study_free(study);
		return -1;
	}
	judge(study);
	study->seconds = elapsed() - start;
	study->cpu_seconds = elapsed_cpu() - cpu_start;
	return 0;
}

void study_free(struct study *study)
{
	unsigned int level;

	for (level = 0; level < EVICTION_LEVELS; level++) {
		predicted_free(&study->predicted[level]);
		if (study->done[level])
			evictions_free(&study->evictions[level]);
		study->done[level] = false;
	}
}

size_t study_agreement(const struct study *study, enum eviction_level level)
{
	const struct evictions *e = &study->evictions[level];
	const double *predicted = study->predicted[level].evicted;
	size_t i, n = 0;

	/* A figure that isn't a number agrees with nothing. */
	for (i = 0; predicted && i < e->victims.n; i++)
		n += predicted[i] >= e->list[i].share.lo &&
		     predicted[i] <= e->list[i].share.hi;
	return n;
}
