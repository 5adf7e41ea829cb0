// SPDX-License-Identifier: GPL-2.0
#include "oraclerun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "engine/access.h"
#include "engine/layout.h"
#include "engine/optable.h"
#include "engine/slots.h"

/**
 * struct subject - a sequence and the null sequence, here and in the module
 * @place: where the oracle's copy of each region begins, in its pages
 * @npages: of all regions
 * @home: page of each region in the module's memory
 * @memory_pages: in all
 */
struct subject {
	const struct sequence *sequence;
	const struct oracle_options *options;
	struct swc_program program;
	struct swc_plan plan;
	void *workspace;
	uint32_t place[SWC_MAX_REGIONS];
	uint32_t npages;
	uint32_t home[SWC_MAX_REGIONS];
	uint32_t memory_pages;
	int arm;
	int null;
};

static int no_memory(const struct subject *s, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "%s: TLB oracle: out of memory",
			 s->sequence->path);
}

static int load_null(struct oracle *o, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_MARK);
	struct sequence null;
	int fd = -1;

	if (sequence_init(&null, "null sequence", err))
		return -1;
	if (names_add(&null.marks, "nothing") < 0)
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	else if (!sequence_append(&null, &op, (struct sequence_note){0}, err))
		fd = device_load(o->device, &null, 0, NULL, err);
	sequence_free(&null);
	return fd;
}

static void lay_out(struct subject *s)
{
	__u64 region[SWC_MAX_REGIONS];
	uint32_t i;

	s->memory_pages = swc_layout(&s->plan, 0, region);
	s->npages = 0;
	for (i = 0; i < s->program.nregions; i++) {
		s->home[i] = region[i] / SWC_PAGE_BYTES;
		s->place[i] = s->npages;
		s->npages += s->program.regions[i].pages;
	}
}

static int subject_load(struct oracle *o, struct subject *s, struct error *err)
{
	struct swc_error refused;

	if (sequence_verify(s->sequence, &o->caps, &s->plan, &s->program,
			    &s->workspace, &refused, err))
		return -1;
	lay_out(s);
	s->arm = device_load(o->device, s->sequence, 0, s->options->state, err);
	if (s->arm < 0)
		return -1;
	s->null = load_null(o, err);
	return s->null < 0 ? -1 : 0;
}

static void subject_free(struct subject *s)
{
	if (s->arm >= 0)
		close(s->arm);
	if (s->null >= 0)
		close(s->null);
	free(s->workspace);
}

/* What is asked of the victims in one trial, and where the answers will be. */
struct rounds {
	uint32_t *order;
	const struct swc_oracle_step *residency;
	const struct swc_oracle_step *eviction;
};

/* Fisher and Yates. A prefetcher of neighbours' translations finds no pattern. */
static void shuffle(uint32_t *order, uint32_t n, unsigned short state[3])
{
	uint32_t i, j, kept;

	for (i = n - 1; i > 0; i--) {
		j = nrand48(state) % (i + 1);
		kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
}

static const struct swc_oracle_step *
touch_all(struct oracle_script *script, const uint32_t *order, uint32_t n)
{
	const struct swc_oracle_step *first = script->steps + script->n;
	uint32_t i;

	for (i = 0; i < n; i++)
		oracle_script_add(script, SWC_ORACLE_TOUCH, order[i]);
	return first;
}

/*
 * One trial. What is asked about residency primes, too. Return: as oracle_ask().
 */
static int try_eviction(struct oracle *o, const struct subject *s, bool null,
			struct rounds *rounds, struct error *err)
{
	const struct oracle_options *options = s->options;
	uint32_t i, n = options->victims;
	struct oracle_script *script = oracle_script_start(o, n);

	for (i = 0; i < options->warm; i++)
		oracle_script_add(script, SWC_ORACLE_REPLAY, 0);
	for (i = 0; i < options->passes; i++)
		touch_all(script, rounds->order, n);
	rounds->residency = touch_all(script, rounds->order, n);
	oracle_script_add(script, SWC_ORACLE_REPLAY, 0);
	rounds->eviction = touch_all(script, rounds->order, n);
	return oracle_ask(o, null ? s->null : s->arm, !null, err);
}

static void count_evictions(struct oracle_result *r,
			    const struct rounds *rounds, bool null)
{
	struct oracle_victim *v;
	bool resident, evicted;
	uint32_t i;

	for (i = 0; i < r->nvictims; i++) {
		v = &r->victims[rounds->order[i]];
		resident = rounds->residency[i].verdict == SWC_ORACLE_HIT;
		evicted = resident &&
			  rounds->eviction[i].verdict == SWC_ORACLE_MISS;
		*(null ? &v->null_resident : &v->resident) += resident;
		*(null ? &v->null_evicted : &v->evicted) += evicted;
	}
}

/* Known at the first answer only: how many pages the code lies on. */
static int make_pages(const struct oracle *o, const struct subject *s,
		      struct oracle_result *r, struct error *err)
{
	uint32_t i, page, code = o->nwalks - s->memory_pages;
	struct oracle_page *next;

	r->npages = s->npages + code;
	r->pages = calloc(r->npages, sizeof(*r->pages));
	if (!r->pages)
		return no_memory(s, err);
	next = r->pages;
	for (i = 0; i < s->program.nregions; i++) {
		for (page = 0; page < s->program.regions[i].pages; page++)
			*next++ =
				(struct oracle_page){.region = i, .page = page};
	}
	for (page = 0; page < code; page++)
		*next++ = (struct oracle_page){.region = ORACLE_CODE,
					       .page = page};
	return 0;
}

static void count_walks(const struct oracle *o, const struct subject *s,
			struct oracle_result *r)
{
	struct oracle_page *p;
	uint32_t home;

	for (p = r->pages; p < r->pages + r->npages; p++) {
		home = p->region == ORACLE_CODE ? s->memory_pages
						: s->home[p->region];
		p->walks += o->walks[home + p->page] == SWC_ORACLE_WALKED;
		p->unknown = o->walks[home + p->page] ==
			     SWC_ORACLE_WALK_UNKNOWN;
	}
}

/* One trial with the sequence, one with the null sequence. */
static int try_both(struct oracle *o, const struct subject *s,
		    struct rounds *rounds, struct oracle_result *r,
		    struct error *err)
{
	int hit = try_eviction(o, s, false, rounds, err), null_hit;

	if (hit < 0 || (!r->pages && make_pages(o, s, r, err)))
		return -1;
	if (!hit) {
		count_evictions(r, rounds, false);
		count_walks(o, s, r);
	}
	null_hit = try_eviction(o, s, true, rounds, err);
	if (null_hit < 0)
		return -1;
	if (!null_hit)
		count_evictions(r, rounds, true);
	r->trials += !hit;
	r->null_trials += !null_hit;
	r->dropped += hit + null_hit;
	return 0;
}

static int ask_evictions(struct oracle *o, const struct subject *s,
			 struct oracle_result *r, struct error *err)
{
	const struct oracle_options *options = s->options;
	unsigned short state[3] = {options->seed, options->seed >> 16,
				   options->seed >> 32};
	struct rounds rounds = {
		.order = malloc(options->victims * sizeof(*rounds.order)),
	};
	uint32_t i;
	int rc = 0;

	r->nvictims = options->victims;
	r->victims = calloc(r->nvictims, sizeof(*r->victims));
	if (!rounds.order || !r->victims)
		rc = no_memory(s, err);
	for (i = 0; !rc && i < r->nvictims; i++)
		rounds.order[i] = i;
	for (i = 0; !rc && i < options->trials; i++) {
		shuffle(rounds.order, r->nvictims, state);
		rc = try_both(o, s, &rounds, r, err);
	}
	free(rounds.order);
	return rc;
}

/* The pages of one access, and the accesses of one operation, in order. */
static void add_access(struct oracle_script *script, const struct subject *s,
		       uint32_t op, const struct swc_access *a,
		       struct oracle_result *r)
{
	uint32_t page = a->offset / SWC_PAGE_BYTES;
	uint32_t last = (a->offset + a->bytes - 1) / SWC_PAGE_BYTES;

	for (; page <= last; page++) {
		oracle_script_add(script, SWC_ORACLE_TOUCH,
				  s->place[a->region] + page);
		if (r)
			r->accesses[r->naccesses++] = (struct oracle_access){
				.op = op,
				.region = a->region,
				.page = page,
				.flags = a->flags,
			};
	}
}

/*
 * All accesses of a replay; @r: keep them, there is room. Of what an operation
 * does to several pages by turns, as a copy does, the order is by its operands.
 */
static void add_accesses(struct oracle_script *script, const struct subject *s,
			 struct oracle_result *r)
{
	struct swc_access accesses[SWC_OP_ACCESSES];
	const struct swc_op *op;
	uint32_t i, j, n;

	for (i = 0; i < s->program.nops && !script->full; i++) {
		op = &s->program.ops[i];
		if (op->kind == SWC_OP_INVLPG)
			oracle_script_add(script, SWC_ORACLE_INVALIDATE,
					  s->place[op->region] +
						  op->offset / SWC_PAGE_BYTES);
		n = swc_op_accesses(&s->plan, i, accesses);
		for (j = 0; j < n; j++)
			add_access(script, s, i, &accesses[j], r);
	}
}

/* None of the pages that the script touches so far is cached. */
static void invalidate_touched(struct oracle_script *script)
{
	bool seen[SWC_MAX_PAGES] = {false};
	uint32_t i, n = script->n, page;

	for (i = 0; i < n; i++) {
		page = script->steps[i].page;
		if (!seen[page])
			oracle_script_add(script, SWC_ORACLE_INVALIDATE, page);
		seen[page] = true;
	}
}

/*
 * A round of accesses comes first in any case, as it counts them; a cold start
 * forgets it. Return: where the verdicts begin.
 */
static uint32_t write_accesses(struct oracle_script *script,
			       const struct subject *s, struct oracle_result *r,
			       struct error *err)
{
	uint32_t i, first;

	add_accesses(script, s, NULL);
	r->accesses = calloc(script->n + 1, sizeof(*r->accesses));
	if (!r->accesses)
		return no_memory(s, err);
	for (i = 1; i < s->options->warm; i++)
		add_accesses(script, s, NULL);
	if (!s->options->warm)
		invalidate_touched(script);
	first = script->n;
	if (!script->full)
		add_accesses(script, s, r);
	return first;
}

static void count_misses(struct oracle_result *r,
			 const struct oracle_script *script, uint32_t first)
{
	struct oracle_access *a = r->accesses;
	const struct swc_oracle_step *step;

	for (step = script->steps + first; step < script->steps + script->n;
	     step++) {
		if (step->kind != SWC_ORACLE_TOUCH)
			continue;
		a->misses += step->verdict == SWC_ORACLE_MISS;
		a++;
	}
}

static int ask_accesses(struct oracle *o, const struct subject *s,
			struct oracle_result *r, struct error *err)
{
	struct oracle_script *script = oracle_script_start(o, s->npages);
	struct error refused = {0};
	uint32_t i, first;
	int rc = 0;

	first = write_accesses(script, s, r, err);
	if (!r->accesses)
		return -1;
	for (i = 0; r->naccesses && i < s->options->trials && rc >= 0; i++) {
		rc = oracle_ask(o, -1, false, &refused);
		if (!rc)
			count_misses(r, script, first);
		r->access_trials += !rc;
		r->dropped += rc == 1;
	}
	if (script->full)
		rc = oracle_ask(o, -1, false, &refused);
	if (rc >= 0)
		return 0;
	if (refused.code != EXIT_USAGE)
		return error_set(err, refused.code, "%s", refused.text);
	r->naccesses = 0;
	snprintf(r->access_why, sizeof(r->access_why), "%.255s", refused.text);
	return 0;
}

static int check_options(const struct subject *s, struct error *err)
{
	const struct oracle_options *o = s->options;

	if (o->victims && o->victims <= ORACLE_MAX_VICTIMS && o->passes &&
	    o->warm <= ORACLE_MAX_WARM && o->trials)
		return 0;
	return error_set(err, EXIT_USAGE,
			 "%s: TLB oracle: 1 to %u victims, 0 to %u warm "
			 "replays, one pass and one trial at least",
			 s->sequence->path, ORACLE_MAX_VICTIMS,
			 ORACLE_MAX_WARM);
}

int oracle_run(struct oracle *o, const struct sequence *sequence,
	       const struct oracle_options *options, struct oracle_result *r,
	       struct error *err)
{
	struct subject s = {
		.sequence = sequence,
		.options = options,
		.arm = -1,
		.null = -1,
	};
	int rc;

	*r = (struct oracle_result){0};
	rc = check_options(&s, err) || subject_load(o, &s, err) ||
	     ask_evictions(o, &s, r, err) || ask_accesses(o, &s, r, err);
	subject_free(&s);
	if (rc)
		oracle_result_free(r);
	return rc ? -1 : 0;
}

void oracle_result_free(struct oracle_result *r)
{
	free(r->victims);
	free(r->accesses);
	free(r->pages);
	*r = (struct oracle_result){0};
}
