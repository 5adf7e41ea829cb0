// SPDX-License-Identifier: GPL-2.0
#include "evict_oracle.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "engine/access.h"
#include "eviction.h"
#include "fdr.h"
#include "geometry_cpu.h"
#include "oraclerun.h"
#include "report.h"

#define METHOD                                                                                                             \
	"oracle: pages by the TLB oracle, all levels together: victims are primed, the sequence is replayed, and each is " \
	"touched; what it reads, as its page table entry has changed in the "                                              \
	"meantime, tells whether its translation was still cached"

/* Half of what a second level holds; what every first level holds, if unknown. */
#define FEWEST_VICTIMS 64u

#define LINES_WHY                                                   \
	"the kernel backend tells pages, not lines: use --backend " \
	"user"

#define PASSES 3u
#define WARM   1u

static uint32_t victims_for(const struct geometry *g)
{
	uint32_t n =
		geometry_tlb_entries(g, 2, GEOMETRY_TLB_LOAD, GEOMETRY_4K) / 2;

	if (n < FEWEST_VICTIMS)
		return FEWEST_VICTIMS;
	return n < ORACLE_MAX_VICTIMS ? n : ORACLE_MAX_VICTIMS;
}

/**
 * struct verdicts - which victims are called evicted
 * @p_value: of each: its trials with the sequence against those with nothing
 * @evicted: of each
 * @n: how many are
 * @resident: victims there before the replay, on average
 * @lost: of those gone behind it, on average
 * @null_lost: likewise by nothing
 */
struct verdicts {
	double *p_value;
	bool *evicted;
	long n;
	double resident;
	double lost;
	double null_lost;
};

static struct proportion with_sequence(const struct oracle_victim *v)
{
	return (struct proportion){v->evicted, v->resident};
}

static struct proportion with_nothing(const struct oracle_victim *v)
{
	return (struct proportion){v->null_evicted, v->null_resident};
}

static void add_up(struct verdicts *verdicts, const struct oracle_result *r)
{
	const struct oracle_victim *v;

	for (v = r->victims; v < r->victims + r->nvictims; v++) {
		verdicts->resident += v->resident;
		verdicts->lost += v->evicted;
		verdicts->null_lost += v->null_evicted;
	}
	verdicts->resident /= r->trials;
	verdicts->lost /= r->trials;
	verdicts->null_lost /= r->null_trials;
}

static void verdicts_free(struct verdicts *v)
{
	free(v->p_value);
	free(v->evicted);
}

/* Each trial is exact; whether an eviction is the sequence's, trials tell. */
static int judge(struct verdicts *verdicts, const struct oracle_result *r,
		 struct error *err)
{
	struct proportion treated, control;
	uint32_t i;

	*verdicts = (struct verdicts){
		.p_value = calloc(r->nvictims, sizeof(*verdicts->p_value)),
		.evicted = calloc(r->nvictims, sizeof(*verdicts->evicted)),
	};
	if (!verdicts->p_value || !verdicts->evicted) {
		verdicts_free(verdicts);
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	}
	for (i = 0; i < r->nvictims; i++) {
		treated = with_sequence(&r->victims[i]);
		control = with_nothing(&r->victims[i]);
		verdicts->p_value[i] = proportion_p_value(&treated, &control);
	}
	verdicts->n = fdr_select(verdicts->p_value, r->nvictims, EVICTION_FDR,
				 verdicts->evicted);
	add_up(verdicts, r);
	return 0;
}

static const char *region_name(const struct sequence *s, uint32_t region)
{
	return region == ORACLE_CODE ? NULL : s->region_names.list[region];
}

/* A page that was never there before the replay tells nothing. */
static json_t *report_victims(const struct oracle_result *r,
			      const struct verdicts *verdicts)
{
	json_t *list = json_array();
	const struct oracle_victim *v;
	struct estimate share;
	struct proportion p;
	uint32_t i;

	for (i = 0; i < r->nvictims; i++) {
		v = &r->victims[i];
		p = with_sequence(v);
		share = proportion_interval(&p, EVICTION_CONFIDENCE);
		json_array_append_new(
			list,
			json_pack("{s:i, s:o, s:f, s:f, s:f, s:b, s:i, s:i, "
				  "s:i, s:i}",
				  "index", i, "p",
				  p.n ? json_real(share.mean) : json_null(),
				  "ci_lo", share.lo, "ci_hi", share.hi,
				  "p_value", verdicts->p_value[i], "evicted",
				  verdicts->evicted[i], "samples", v->resident,
				  "evictions", v->evicted, "null_samples",
				  v->null_resident, "null_evictions",
				  v->null_evicted));
	}
	return list;
}

static json_t *report_accesses(const struct sequence *s,
			       const struct oracle_result *r)
{
	json_t *list = json_array();
	const struct oracle_access *a;

	for (a = r->accesses; a < r->accesses + r->naccesses; a++)
		json_array_append_new(
			list,
			json_pack("{s:i, s:s?, s:i, s:b, s:b, s:i}", "op",
				  a->op, "region", region_name(s, a->region),
				  "page", a->page, "reads",
				  !!(a->flags & SWC_ACCESS_READ), "writes",
				  !!(a->flags & SWC_ACCESS_WRITE), "misses",
				  a->misses));
	return list;
}

/* A page of the code has no region. */
static json_t *report_walks(const struct sequence *s,
			    const struct oracle_result *r)
{
	json_t *list = json_array();
	const struct oracle_page *p;

	for (p = r->pages; p < r->pages + r->npages; p++)
		json_array_append_new(
			list, json_pack("{s:s?, s:i, s:i}", "region",
					region_name(s, p->region), "page",
					p->page, "walks", p->walks));
	return list;
}

static json_t *report_pages(const struct oracle_result *r,
			    const struct verdicts *v)
{
	return json_pack("{s:b, s:s, s:I, s:{s:f, s:n, s:n}, s:f, s:i, s:f, "
			 "s:i, s:i, s:i, s:o}",
			 "valid", 1, "why", "", "pages_evicted",
			 (json_int_t)v->n, "evicted_per_replay", "mean",
			 v->lost, "ci_lo", "ci_hi", "null_evicted_per_replay",
			 v->null_lost, "victims", r->nvictims, "resident",
			 v->resident, "trials", r->trials, "null_trials",
			 r->null_trials, "dropped", r->dropped, "pages",
			 report_victims(r, v));
}

/* Both levels of the TLB together are "dtlb". */
static json_t *report(const struct sequence *s, uint32_t cpu, uint32_t warm,
		      const struct oracle_result *r, const struct verdicts *v)
{
	struct machine machine;

	machine_describe(&machine);
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:f, s:n, s:n, "
			 "s:s, s:o, s:n, s:n, s:i, s:o, s:i, s:s, s:o, s:o}",
			 "sequence", s->path, "backend", "kernel", "cpu", cpu,
			 "method", METHOD, "victims", "synthetic", "valid", 1,
			 "why", "", "fdr", EVICTION_FDR, "l1d", "l2",
			 "lines_why", LINES_WHY, "dtlb", report_pages(r, v),
			 "stlb", "working_set", "warm_replays", warm,
			 "accesses", report_accesses(s, r), "access_trials",
			 r->access_trials, "access_why", r->access_why, "walks",
			 report_walks(s, r), "provenance",
			 report_provenance(&machine));
}

static void print_accesses(const struct sequence *s,
			   const struct oracle_result *r)
{
	const struct oracle_access *a;
	uint32_t missing = 0;

	if (*r->access_why) {
		printf("own accesses: %s\n", r->access_why);
		return;
	}
	for (a = r->accesses; a < r->accesses + r->naccesses; a++)
		missing += a->misses != 0;
	printf("own accesses: %u, of which %u missed in any of %u trials\n",
	       r->naccesses, missing, r->access_trials);
	for (a = r->accesses; a < r->accesses + r->naccesses; a++) {
		if (a->misses)
			printf("  op %u, %s page %u: %u times\n", a->op,
			       region_name(s, a->region), a->page, a->misses);
	}
}

static void print_walks(const struct sequence *s, const struct oracle_result *r)
{
	const struct oracle_page *p;
	const char *region;

	printf("page walks of the replay, in %u trials:\n", r->trials);
	for (p = r->pages; p < r->pages + r->npages; p++) {
		region = region_name(s, p->region);
		if (p->walks)
			printf("  %s page %u: %u times\n",
			       region ? region : "code", p->page, p->walks);
	}
}

static void print(const struct sequence *s, const struct oracle_result *r,
		  const struct verdicts *v)
{
	printf("dtlb  %ld of %u pages evicted; %.2f resident before the replay, "
	       "%.2f lost in each, %.2f in each of nothing; %u trials, %u "
	       "dropped\n",
	       v->n, r->nvictims, v->resident, v->lost, v->null_lost, r->trials,
	       r->dropped);
	print_accesses(s, r);
	print_walks(s, r);
	printf("lines: %s\n", LINES_WHY);
}

/*
 * What may be too long for one window is asked about fewer victims, and of a
 * replay that finds none of its own pages cached. Anything else that is refused
 * is refused once more.
 */
static int run(struct oracle *o, const struct sequence *s,
	       struct oracle_options *options, struct oracle_result *r,
	       struct error *err)
{
	if (!oracle_run(o, s, options, r, err))
		return 0;
	if (err->code != EXIT_USAGE)
		return -1;
	*err = (struct error){0};
	options->victims = FEWEST_VICTIMS;
	options->warm = 0;
	return oracle_run(o, s, options, r, err);
}

static int ask(const struct sequence *s, uint32_t cpu,
	       struct oracle_options *options, struct oracle_result *r,
	       struct error *err)
{
	struct geometry geometry;
	struct oracle *o;
	int rc;

	if (geometry_of_cpu(&geometry, cpu, err))
		return -1;
	options->victims = victims_for(&geometry);
	o = oracle_open(cpu, SWC_ISOLATION_IRQ_OFF, err);
	if (!o)
		return -1;
	rc = run(o, s, options, r, err);
	oracle_close(o);
	if (rc || (r->trials && r->null_trials))
		return rc;
	oracle_result_free(r);
	return error_set(err, EXIT_CHECK_FAILED,
			 "%s: TLB oracle: NMIs or SMIs hit all %u trials: try "
			 "again, or more often (--samples)",
			 s->path, options->trials);
}

int evict_by_oracle(const struct sequence *s, uint32_t cpu, uint32_t trials,
		    bool json)
{
	struct oracle_options options = {
		.passes = PASSES,
		.warm = WARM,
		.trials = trials,
		.seed = 1,
	};
	struct verdicts verdicts;
	struct oracle_result r;
	struct error err = {0};
	int code = EXIT_DONE;

	if (ask(s, cpu, &options, &r, &err))
		return cli_fail(&err);
	if (judge(&verdicts, &r, &err)) {
		oracle_result_free(&r);
		return cli_fail(&err);
	}
	if (json)
		code = cli_print(report(s, cpu, options.warm, &r, &verdicts),
				 code);
	else
		print(s, &r, &verdicts);
	verdicts_free(&verdicts);
	oracle_result_free(&r);
	return code;
}
