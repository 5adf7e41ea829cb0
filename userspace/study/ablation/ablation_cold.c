// SPDX-License-Identifier: GPL-2.0
#include "ablation_cold.h"

#include <stdio.h>
#include <stdlib.h>

#include "codelayout.h"
#include "engine/footprint.h"
#include "geometry_cpu.h"

/*
 * So many cold sequences in a run at most: they share its time, and the whole,
 * its controls and witnesses need arms, too.
 */
#define MAX_IN_RUN 32u

static int no_memory(const struct ablation *a, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
			 a->sequence->path);
}

/* Lines and pages that the sequence touches of each region. */
static int count_data(const struct swc_proof *proof, unsigned int *lines,
		      unsigned int *pages)
{
	const struct swc_program *p = proof->program;
	__u64 *map = malloc(swc_footprint_bytes(p) + 1), *page;
	uint32_t i, j;

	if (!map)
		return -1;
	swc_footprint(proof, map);
	page = map;
	for (i = 0; i < p->nregions; i++) {
		lines[i] = 0;
		pages[i] = 0;
		for (j = 0; j < p->regions[i].pages; j++, page++) {
			lines[i] += __builtin_popcountll(*page);
			pages[i] += !!*page;
		}
	}
	free(map);
	return 0;
}

/*
 * The measurements of data, region by region; the one that isn't touched is the last,
 * but its place is the first of its kind.
 */
static void list_data(struct ablation *a, enum state_kind kind,
		      const unsigned int *lines, const unsigned int *pages)
{
	const struct names *names = &a->spare.sequence.region_names;
	size_t i, region;

	for (i = 0; i < names->n; i++) {
		region = i ? i - 1 : names->n - 1;
		if (i && !lines[region])
			continue;
		a->cold[a->ncold++] = (struct ablation_cold){
			.kind = kind,
			.name = names->list[region],
			.region = region,
			.lines = i ? lines[region] : 0,
			.pages = i ? pages[region] : 0,
		};
	}
}

static void list_code(struct ablation *a, enum state_kind kind,
		      const struct code_layout *code)
{
	a->cold[a->ncold++] = (struct ablation_cold){
		.kind = kind,
		.name = ABLATION_CODE,
		.region = SWC_NO_REGION,
		.lines = code->emitted_lines,
		.pages = code->emitted_pages,
	};
}

static int list_cold(struct ablation *a, const struct swc_proof *proof,
		     struct error *err)
{
	unsigned int lines[SWC_MAX_REGIONS], pages[SWC_MAX_REGIONS];
	struct code_layout code;
	enum state_kind kind;

	a->cold = calloc(STATE_KINDS * (a->spare.sequence.region_names.n + 1),
			 sizeof(*a->cold));
	if (!a->cold || count_data(proof, lines, pages))
		return no_memory(a, err);
	if (code_layout_of(&code, a->sequence, proof->caps, err))
		return -1;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		/* The program made it, and makes no single part cold. */
		if (kind == STATE_RECORDED)
			continue;
		if (state_is_of_code(kind))
			list_code(a, kind, &code);
		else if (proof->program->nregions)
			list_data(a, kind, lines, pages);
	}
	return 0;
}

static int resolve(const struct ablation *a, const struct ablation_cold *c,
		   const struct geometry *geometry, struct swc_state *out,
		   struct error *err)
{
	struct states states = {0};

	states.given[c->kind] = true;
	if (c->region != SWC_NO_REGION &&
	    snprintf(states.regions[c->kind], STATES_TEXT, "%s", c->name) >=
		    (int)STATES_TEXT)
		return error_set(err, EXIT_USAGE,
				 "%s: region %.64s...: its name is too long "
				 "for a state",
				 a->sequence->path, c->name);
	return states_resolve(&states, &a->spare.sequence, geometry, out, err);
}

/* One run: @n sequences that are cold in one way, the first of which is the floor. */
static int measure_some(struct ablation *a, struct ablation_cold **list,
			size_t n, const struct geometry *geometry,
			const struct measure_options *options,
			struct error *err)
{
	struct measure_subject subjects[MAX_IN_RUN + 1] = {0};
	struct ablation_run *run = &a->cold_runs[a->ncold_runs++];
	struct measure_options cold = *options;
	struct estimate ticks;
	struct witness witness;
	struct measurement m;
	size_t i;
	int rc;

	subjects[0].sequence = &a->spare.sequence;
	for (i = 0; i < n; i++) {
		subjects[i + 1].sequence = &a->spare.sequence;
		if (resolve(a, list[i], geometry, &subjects[i + 1].state, err))
			return -1;
		list[i]->run = run;
	}
	if (witness_make(&witness, list[0]->kind, geometry, err))
		return -1;
	cold.witnesses = &witness;
	cold.nwitnesses = 1;
	rc = ablation_run(subjects, n + 1, &cold, run, &m, err);
	witness_free(&witness);
	if (rc)
		return -1;
	for (i = 0; i < n; i++)
		measurement_difference(&m, i + 1, !!i, &ticks,
				       &list[i]->cycles);
	measurement_free(&m);
	return 0;
}

/* All of one kind, from @first on. Return: the next kind's first, or 0. */
static size_t measure_kind(struct ablation *a, size_t first,
			   const struct geometry *geometry,
			   const struct measure_options *options,
			   struct error *err)
{
	struct ablation_cold *list[MAX_IN_RUN] = {&a->cold[first]};
	size_t i = first + 1, n;

	do {
		for (n = 1; i < a->ncold && n < MAX_IN_RUN &&
			    a->cold[i].kind == a->cold[first].kind;)
			list[n++] = &a->cold[i++];
		if (measure_some(a, list, n, geometry, options, err))
			return 0;
	} while (i < a->ncold && a->cold[i].kind == a->cold[first].kind);
	return i;
}

/* The sequence, and a region that it doesn't touch. */
static int make_spare(struct ablation *a, const struct swc_proof *proof,
		      struct error *err)
{
	unsigned char *classes = calloc(a->sequence->nops, 1);
	int rc;

	if (!classes)
		return no_memory(a, err);
	rc = ablation_make(a->sequence, proof, classes, 0, proof->caps,
			   &a->spare, err);
	free(classes);
	if (rc)
		return -1;
	return sequence_region(&a->spare.sequence, ABLATION_NOTHING, 1, err) < 0
		       ? -1
		       : 0;
}

int ablation_measure_cold(struct ablation *a, const struct swc_proof *proof,
			  const struct measure_options *options,
			  struct error *err)
{
	struct measure_options cold = *options;
	struct geometry geometry;
	size_t i = 0;

	if (cold.cpu < 0)
		cold.cpu = measure_default_cpu();
	if (!cold.samples || cold.samples > ABLATION_SAMPLES_COLD)
		cold.samples = ABLATION_SAMPLES_COLD;
	if (make_spare(a, proof, err) || list_cold(a, proof, err) ||
	    geometry_here(&geometry, cold.cpu, err))
		return -1;
	/* Each run has one at least. */
	a->cold_runs = calloc(a->ncold, sizeof(*a->cold_runs));
	if (!a->cold_runs)
		return no_memory(a, err);
	do {
		if (proof->caps->shared_code &&
		    state_is_of_code(a->cold[i].kind) &&
		    state_is_by_page(a->cold[i].kind)) {
			a->cold[i++].why = swc_error_text(SWC_ERR_CODE_PAGES);
			continue;
		}
		i = measure_kind(a, i, &geometry, &cold, err);
		if (!i)
			return -1;
	} while (i < a->ncold);
	return 0;
}
