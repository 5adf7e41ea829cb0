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
#include "run.h"
#include "shuffle.h"

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
	struct swc_proof proof;
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

	s->memory_pages = swc_layout(&s->proof, 0, region);
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

	if (sequence_verify(s->sequence, &o->caps, &s->proof, &s->program,
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

/*
 * A trial asks about these, with the sequence and with the null sequence: a row for each
 * victim says what became of it, a row for each page whether it was walked.
 */
enum { ARM_SEQUENCE, ARM_NULL_SEQUENCE, GROUPS, ARM_WALKS = GROUPS, ARMS };

enum { FATE_ABSENT, FATE_KEPT, FATE_EVICTED };

/**
 * struct asking - trials of both sequences, as the source of a run
 * @o: the oracle
 * @s: what is asked about
 * @r: filled
 * @order: of the victims, in this round
 * @residency: where the answers are: what was there before the replay
 * @eviction: and after it
 */
struct asking {
	struct oracle *o;
	const struct subject *s;
	struct oracle_result *r;
	uint32_t *order;
	const struct swc_oracle_step *residency;
	const struct swc_oracle_step *eviction;
};

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
 * One trial. The touches that ask about residency prime, too. Return: as
 * oracle_ask().
 */
static int try_eviction(struct asking *a, bool null, struct error *err)
{
	const struct oracle_options *options = a->s->options;
	uint32_t i, n = options->victims;
	struct oracle_script *script = oracle_script_start(a->o, n);

	for (i = 0; i < options->warm; i++)
		oracle_script_add(script, SWC_ORACLE_REPLAY, 0);
	for (i = 0; i < options->passes; i++)
		touch_all(script, a->order, n);
	a->residency = touch_all(script, a->order, n);
	oracle_script_add(script, SWC_ORACLE_REPLAY, 0);
	a->eviction = touch_all(script, a->order, n);
	return oracle_ask(a->o, null ? a->s->null : a->s->arm, !null, err);
}

/* If an NMI or SMI hit a window, its rows have the flag that a sample has then. */
static unsigned int flags_of(int hit)
{
	return hit ? SWC_SAMPLE_NMI : 0;
}

static int add_victims(const struct asking *a, unsigned int arm, int hit,
		       struct run_table *table, struct error *err)
{
	unsigned int fate;
	uint32_t i;

	for (i = 0; i < a->r->nvictims; i++) {
		fate = FATE_ABSENT;
		if (a->residency[i].verdict == SWC_ORACLE_HIT)
			fate = a->eviction[i].verdict == SWC_ORACLE_MISS
				       ? FATE_EVICTED
				       : FATE_KEPT;
		if (run_table_add(table, arm, a->order[i], fate, flags_of(hit),
				  err))
			return -1;
	}
	return 0;
}

/* Only the first answer shows how many pages the code lies on. */
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

static int add_walks(const struct asking *a, int hit, struct run_table *table,
		     struct error *err)
{
	const struct oracle_page *p;
	uint32_t i, home;

	for (i = 0; i < a->r->npages; i++) {
		p = &a->r->pages[i];
		home = p->region == ORACLE_CODE ? a->s->memory_pages
						: a->s->home[p->region];
		if (run_table_add(table, ARM_WALKS, i,
				  a->o->walks[home + p->page], flags_of(hit),
				  err))
			return -1;
	}
	return 0;
}

/* Draws an order in which a prefetcher of neighbours' translations finds no pattern. */
static int draw_order(void *context, const struct run_round *round,
		      struct error *err)
{
	struct asking *a = context;
	uint64_t random = round->seed;

	(void)err;
	shuffle_new(a->order, a->r->nvictims, &random);
	return 0;
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	struct asking *a = context;
	int hit = try_eviction(a, group == ARM_NULL_SEQUENCE, err);

	(void)round;
	if (hit < 0 || add_victims(a, group, hit, table, err))
		return -1;
	if (group == ARM_NULL_SEQUENCE)
		return 0;
	if (!a->r->pages && make_pages(a->o, a->s, a->r, err))
		return -1;
	return add_walks(a, hit, table, err);
}

static void count_victim(struct oracle_result *r, const struct run_sample *row)
{
	struct oracle_victim *v = &r->victims[row->unit];
	bool null = row->arm == ARM_NULL_SEQUENCE;

	*(null ? &v->null_resident : &v->resident) += row->ticks != FATE_ABSENT;
	*(null ? &v->null_evicted : &v->evicted) += row->ticks == FATE_EVICTED;
	/* Each trial asks about each victim once. */
	*(null ? &r->null_trials : &r->trials) += !row->unit;
}

static int count_trials(void *context, const struct run_table *table,
			struct error *err)
{
	const struct asking *a = context;
	const struct run_sample *row;
	struct oracle_page *page;

	(void)err;
	for (row = table->rows; row < table->rows + table->n; row++) {
		if (row->dropped != DROP_CAUSES) {
			a->r->dropped += row->arm != ARM_WALKS && !row->unit;
		} else if (row->arm == ARM_WALKS) {
			page = &a->r->pages[row->unit];
			page->walks += row->ticks == SWC_ORACLE_WALKED;
			page->unknown = row->ticks == SWC_ORACLE_WALK_UNKNOWN;
		} else {
			count_victim(a->r, row);
		}
	}
	return 0;
}

static int ask_evictions(struct oracle *o, const struct subject *s,
			 struct oracle_result *r, struct error *err)
{
	const struct oracle_options *options = s->options;
	struct asking a = {
		.o = o,
		.s = s,
		.r = r,
		.order = calloc(options->victims, sizeof(*a.order)),
	};
	const struct run_source source = {
		.ready = draw_order, .take = take, .context = &a};
	const struct run_plan plan = {
		.arms = ARMS,
		.groups = GROUPS,
		.seed = options->seed,
		.rounds = options->trials,
		.keep_far_off = true,
		.add = count_trials,
		.context = &a,
	};
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc;

	r->nvictims = options->victims;
	r->victims = calloc(r->nvictims, sizeof(*r->victims));
	if (a.order && r->victims)
		rc = run_rounds(&plan, &source, &table, &ended, err);
	else
		rc = no_memory(s, err);
	run_table_free(&table);
	free(a.order);
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
 * Adds all accesses of a replay; @r: keep them, there is room. An operation
 * that accesses several pages by turns, as a copy does, has its accesses in the
 * order of its operands.
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
		n = swc_op_accesses(&s->proof, i, accesses);
		for (j = 0; j < n; j++)
			add_access(script, s, i, &accesses[j], r);
	}
}

/* From here on, none of the pages that the script has touched so far is cached. */
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

/**
 * struct own - trials of the sequence's own accesses, as the source of a run
 * @o: the oracle
 * @script: of it
 * @first: step of it whose answers count
 * @r: filled
 */
struct own {
	struct oracle *o;
	const struct oracle_script *script;
	uint32_t first;
	struct oracle_result *r;
};

static int take_own(void *context, const struct run_round *round,
		    unsigned int arm, struct run_table *table,
		    struct error *err)
{
	const struct swc_oracle_step *step, *end;
	const struct own *own = context;
	int hit = oracle_ask(own->o, -1, false, err);
	uint32_t access = 0;

	(void)round;
	if (hit < 0)
		return -1;
	end = own->script->steps + own->script->n;
	for (step = own->script->steps + own->first; step < end; step++) {
		if (step->kind != SWC_ORACLE_TOUCH)
			continue;
		if (run_table_add(table, arm, access++,
				  step->verdict == SWC_ORACLE_MISS,
				  flags_of(hit), err))
			return -1;
	}
	return 0;
}

static int count_misses(void *context, const struct run_table *table,
			struct error *err)
{
	struct oracle_result *r = ((const struct own *)context)->r;
	const struct run_sample *row;

	(void)err;
	for (row = table->rows; row < table->rows + table->n; row++) {
		if (row->dropped != DROP_CAUSES) {
			r->dropped += !row->unit;
			continue;
		}
		r->accesses[row->unit].misses += row->ticks;
		r->access_trials += !row->unit;
	}
	return 0;
}

static int run_own(struct own *own, const struct oracle_options *options,
		   struct error *err)
{
	const struct run_source source = {.take = take_own, .context = own};
	const struct run_plan plan = {
		.arms = 1,
		.seed = options->seed,
		.rounds = options->trials,
		.keep_far_off = true,
		.add = count_misses,
		.context = own,
	};
	struct run_table table = {.rows = NULL};
	struct run_end ended;
	int rc = run_rounds(&plan, &source, &table, &ended, err);

	run_table_free(&table);
	return rc;
}

static int ask_accesses(struct oracle *o, const struct subject *s,
			struct oracle_result *r, struct error *err)
{
	struct own own = {
		.o = o,
		.script = oracle_script_start(o, s->npages),
		.r = r,
	};
	struct error refused = {0};
	int rc = 0;

	own.first = write_accesses(&o->script, s, r, err);
	if (!r->accesses)
		return -1;
	if (own.script->full)
		rc = oracle_ask(o, -1, false, &refused);
	else if (r->naccesses)
		rc = run_own(&own, s->options, &refused);
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
