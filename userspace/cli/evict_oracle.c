// SPDX-License-Identifier: GPL-2.0
#include "evict_oracle.h"

#include "engine/access.h"
#include "eviction.h"
#include "proportion.h"

static const char *region_name(const struct sequence *s, uint32_t region)
{
	return region == ORACLE_CODE ? NULL : s->region_names.list[region];
}

/* A page that was never there before the replay tells nothing. */
static json_t *report_victims(const struct verdicts *verdicts)
{
	const struct oracle_result *r = &verdicts->result;
	json_t *list = json_array();
	const struct oracle_victim *v;
	struct estimate share;
	struct proportion p;
	uint32_t i;

	for (i = 0; i < r->nvictims; i++) {
		v = &r->victims[i];
		p = verdicts_share(verdicts, i);
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

#define WALKS_UNKNOWN                                                             \
	"this kernel maps the code by large pages, which modules share: nothing " \
	"is known of its walks"

static bool is_unknown(const struct oracle_result *r)
{
	return r->npages && r->pages[r->npages - 1].unknown;
}

/* A page of the code has no region, and no walks where none are known. */
static json_t *report_walks(const struct sequence *s,
			    const struct oracle_result *r)
{
	json_t *list = json_array();
	const struct oracle_page *p;

	for (p = r->pages; p < r->pages + r->npages; p++)
		json_array_append_new(
			list, json_pack("{s:s?, s:i, s:o}", "region",
					region_name(s, p->region), "page",
					p->page, "walks",
					p->unknown ? json_null()
						   : json_integer(p->walks)));
	return list;
}

static json_t *report_pages(const struct verdicts *v)
{
	const struct oracle_result *r = &v->result;

	return json_pack("{s:b, s:s, s:I, s:{s:f, s:n, s:n}, s:f, s:i, s:f, "
			 "s:i, s:i, s:i, s:o}",
			 "valid", 1, "why", "", "pages_evicted",
			 (json_int_t)v->n, "evicted_per_replay", "mean",
			 v->lost, "ci_lo", "ci_hi", "null_evicted_per_replay",
			 v->null_lost, "victims", r->nvictims, "resident",
			 v->resident, "trials", r->trials, "null_trials",
			 r->null_trials, "dropped", r->dropped, "pages",
			 report_victims(v));
}

void report_verdicts(json_t *o, const struct sequence *s,
		     const struct verdicts *v)
{
	const struct oracle_result *r = &v->result;

	json_object_set_new(o, "dtlb", report_pages(v));
	json_object_set_new(o, "stlb", json_null());
	json_object_set_new(o, "warm_replays", json_integer(v->asked.warm));
	json_object_set_new(o, "accesses", report_accesses(s, r));
	json_object_set_new(o, "access_trials", json_integer(r->access_trials));
	json_object_set_new(o, "access_why", json_string(r->access_why));
	json_object_set_new(o, "walks", report_walks(s, r));
	json_object_set_new(o, "walks_why",
			    json_string(is_unknown(r) ? WALKS_UNKNOWN : ""));
}

static void print_accesses(FILE *f, const struct sequence *s,
			   const struct oracle_result *r)
{
	const struct oracle_access *a;
	uint32_t missing = 0;

	if (*r->access_why) {
		fprintf(f, "own accesses: %s\n", r->access_why);
		return;
	}
	for (a = r->accesses; a < r->accesses + r->naccesses; a++)
		missing += a->misses != 0;
	fprintf(f, "own accesses: %u, of which %u missed in any of %u trials\n",
		r->naccesses, missing, r->access_trials);
	for (a = r->accesses; a < r->accesses + r->naccesses; a++) {
		if (a->misses)
			fprintf(f, "  op %u, %s page %u: %u times\n", a->op,
				region_name(s, a->region), a->page, a->misses);
	}
}

static void print_walks(FILE *f, const struct sequence *s,
			const struct oracle_result *r)
{
	const struct oracle_page *p;
	const char *region;

	fprintf(f, "page walks of the replay, in %u trials:\n", r->trials);
	for (p = r->pages; p < r->pages + r->npages; p++) {
		region = region_name(s, p->region);
		if (p->walks)
			fprintf(f, "  %s page %u: %u times\n",
				region ? region : "code", p->page, p->walks);
	}
	if (is_unknown(r))
		fprintf(f, "  code: " WALKS_UNKNOWN "\n");
}

void print_verdicts(FILE *f, const struct sequence *s, const struct verdicts *v)
{
	const struct oracle_result *r = &v->result;

	fprintf(f,
		"dtlb  %ld of %u pages evicted, by the oracle; %.2f resident "
		"before the replay, %.2f lost in each, %.2f in each of nothing; "
		"%u trials, %u dropped\n",
		v->n, r->nvictims, v->resident, v->lost, v->null_lost,
		r->trials, r->dropped);
	print_accesses(f, s, r);
	print_walks(f, s, r);
}
