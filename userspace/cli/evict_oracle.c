// SPDX-License-Identifier: GPL-2.0
#include "evict_oracle.h"

#include <stdio.h>

#include "cli.h"
#include "engine/access.h"
#include "geometry_cpu.h"
#include "oraclerun.h"
#include "report.h"

#define METHOD                                                                \
	"oracle: victims are primed, the sequence is replayed, and each is "  \
	"touched; what it reads, as its page table entry has changed in the " \
	"meantime, tells whether its translation was still cached"

/* Half of what a second level holds; what every first level holds, if unknown. */
#define FEWEST_VICTIMS 64u

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

/* What all victims came to, on average of the trials. */
struct sums {
	double resident;
	double evicted;
	double null_evicted;
};

static struct sums sum_up(const struct oracle_result *r)
{
	struct sums sums = {0};
	uint32_t i;

	for (i = 0; i < r->nvictims; i++) {
		sums.resident += r->victims[i].resident;
		sums.evicted += r->victims[i].evicted;
		sums.null_evicted += r->victims[i].null_evicted;
	}
	sums.resident /= r->trials;
	sums.evicted /= r->trials;
	sums.null_evicted /= r->null_trials;
	return sums;
}

static const char *region_name(const struct sequence *s, uint32_t region)
{
	return region == ORACLE_CODE ? NULL : s->region_names.list[region];
}

static json_t *report_victims(const struct oracle_result *r)
{
	json_t *list = json_array();
	const struct oracle_victim *v;
	uint32_t i;

	for (i = 0; i < r->nvictims; i++) {
		v = &r->victims[i];
		json_array_append_new(
			list,
			json_pack("{s:i, s:i, s:i, s:i, s:i}", "index", i,
				  "resident", v->resident, "evicted",
				  v->evicted, "null_resident", v->null_resident,
				  "null_evicted", v->null_evicted));
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

static json_t *report(const struct sequence *s, const struct oracle_result *r)
{
	struct sums sums = sum_up(r);
	struct machine machine;

	machine_describe(&machine);
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:n, s:n, "
			 "s:{s:i, s:f, s:f, s:f, s:o}, "
			 "s:i, s:i, s:i, s:o, s:i, s:s, s:o, s:o}",
			 "sequence", s->path, "backend", "kernel", "method",
			 METHOD, "valid", 1, "why", "", "l1d", "l2", "dtlb",
			 "victims", r->nvictims, "resident", sums.resident,
			 "pages_evicted", sums.evicted, "null_pages_evicted",
			 sums.null_evicted, "pages", report_victims(r),
			 "trials", r->trials, "null_trials", r->null_trials,
			 "dropped", r->dropped, "accesses",
			 report_accesses(s, r), "access_trials",
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

static void print(const struct sequence *s, const struct oracle_result *r)
{
	struct sums sums = sum_up(r);

	printf("%s: %u victims, %.2f resident before the replay, %.2f evicted "
	       "by it, %.2f by the null sequence; %u trials, %u dropped\n",
	       s->path, r->nvictims, sums.resident, sums.evicted,
	       sums.null_evicted, r->trials, r->dropped);
	print_accesses(s, r);
	print_walks(s, r);
}

static int ask(const struct sequence *s, uint32_t cpu, uint32_t trials,
	       struct oracle_result *r, struct error *err)
{
	struct geometry geometry;
	struct oracle_options options = {
		.passes = PASSES,
		.warm = WARM,
		.trials = trials,
		.seed = 1,
	};
	struct oracle *o;
	int rc;

	if (geometry_of_cpu(&geometry, cpu, err))
		return -1;
	options.victims = victims_for(&geometry);
	o = oracle_open(cpu, SWC_ISOLATION_IRQ_OFF, err);
	if (!o)
		return -1;
	rc = oracle_run(o, s, &options, r, err);
	oracle_close(o);
	if (rc || (r->trials && r->null_trials))
		return rc;
	oracle_result_free(r);
	return error_set(err, EXIT_CHECK_FAILED,
			 "%s: TLB oracle: NMIs or SMIs hit all %u trials: try "
			 "again, or more often (--samples)",
			 s->path, trials);
}

int evict_by_oracle(const struct sequence *s, uint32_t cpu, uint32_t trials,
		    bool json)
{
	struct oracle_result r;
	struct error err = {0};
	int code = EXIT_DONE;

	if (ask(s, cpu, trials, &r, &err))
		return cli_fail(&err);
	if (json)
		code = cli_print(report(s, &r), code);
	else
		print(s, &r);
	oracle_result_free(&r);
	return code;
}
