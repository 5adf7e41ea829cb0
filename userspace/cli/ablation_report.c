// SPDX-License-Identifier: GPL-2.0
#include "ablation_report.h"

#include <stdio.h>

#include "cli.h"
#include "report.h"

static struct estimate per_unit(const struct ablation_cold *c)
{
	double n = ablation_cold_units(c);

	return (struct estimate){c->cycles.mean / n, c->cycles.lo / n,
				 c->cycles.hi / n};
}

/* How a sequence was made of another; see struct ablated. */
static json_t *ablated_json(const struct ablated *x)
{
	json_t *o =
		json_pack("{s:b, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b}",
			  "possible", x->possible, "ops", (int)x->sequence.nops,
			  "removed", x->removed, "merged", x->merged,
			  "adjusted", x->adjusted, "reloaded", x->reloaded,
			  "independent", x->independent, "cleared", x->cleared,
			  "unproved", x->unproved, "exact", x->exact);

	if (o && !x->possible)
		json_object_set_new(o, "why", json_string(x->why.text));
	return o;
}

/*
 * Two runs, and the machine may have been slower in one: shares are compared, not
 * cycles.
 */
static bool agrees(const struct ablation_class *x,
		   const struct prefix_part *prefix)
{
	return ablation_agrees(&x->share, &prefix->share);
}

static void add_looped(json_t *o, const struct ablation_class *x, bool valid)
{
	json_object_set_new(o, "removed_back_to_back",
			    report_estimate(&x->looped, valid));
	json_object_set_new(o, "share_back_to_back",
			    report_estimate(&x->looped_share, valid));
}

/* The whole, the sum over classes and what is left, as a loop has them. */
static json_t *looped_json(const struct ablation *a)
{
	bool valid = a->warm.valid && a->m.loops.n;

	return json_pack("{s:o, s:o, s:o}", "whole_cycles",
			 report_estimate(&a->looped.whole, valid), "sum_cycles",
			 report_estimate(&a->looped.sum, valid), "interaction",
			 report_estimate(&a->looped.interaction, valid));
}

static json_t *class_json(const struct ablation *a, enum opclass c,
			  const struct prefix_part *prefix)
{
	const struct ablation_class *x = &a->classes[c];
	bool valid = a->warm.valid && ablation_class_is_measured(x);
	json_t *o = json_pack(
		"{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
		opclass_name(c), "ops", x->nops, "removed_cycles",
		report_estimate(&x->removed, valid), "alone_cycles",
		report_estimate(&x->by_itself, valid), "share",
		valid ? json_real(x->share.mean) : json_null(), "share_ci",
		valid ? json_pack("[f, f]", x->share.lo, x->share.hi)
		      : json_null(),
		"without", ablated_json(&x->without), "alone",
		ablated_json(&x->alone));

	if (o)
		add_looped(o, x, valid && a->m.loops.n);
	if (!o || !prefix)
		return o;
	json_object_set_new(o, "prefix_cycles",
			    report_estimate(&prefix[c].cycles, true));
	json_object_set_new(o, "prefix_share",
			    report_estimate(&prefix[c].share, true));
	json_object_set_new(o, "prefix_lasting_cycles",
			    report_estimate(&prefix[c].lasting, true));
	json_object_set_new(o, "prefix_lasting_share",
			    report_estimate(&prefix[c].lasting_share, true));
	json_object_set_new(o, "agrees",
			    valid ? json_boolean(agrees(x, &prefix[c]))
				  : json_null());
	return o;
}

static bool is_by_page(const struct ablation_cold *c)
{
	return c->kind == STATE_COLD_DTLB || c->kind == STATE_COLD_ITLB;
}

static json_t *cold_json(const struct ablation_cold *c)
{
	struct estimate each = per_unit(c);
	bool valid = !c->why && c->run->valid;

	return json_pack(
		"{s:s, s:s, s:s?, s:o, s:i, s:i, s:o}", "region", c->name,
		"state", state_kind_name(c->kind), "why", c->why, "cycles",
		report_estimate(&c->cycles, valid), "lines", c->lines, "pages",
		c->pages, is_by_page(c) ? "cycles_per_page" : "cycles_per_line",
		report_estimate(&each, valid && ablation_cold_units(c)));
}

/* Of the classes that both have measured: how many agree. */
static json_t *agreement_json(const struct ablation *a,
			      const struct prefix_part *prefix)
{
	const struct ablation_class *x;
	json_t *off = json_array();
	int n = 0, agreeing = 0;
	enum opclass c;

	if (!prefix || !a->warm.valid) {
		json_decref(off);
		return json_null();
	}
	for (c = 0; c < OPCLASSES; c++) {
		x = &a->classes[c];
		if (!ablation_class_is_measured(x))
			continue;
		n++;
		if (agrees(x, &prefix[c]))
			agreeing++;
		else
			json_array_append_new(off,
					      json_string(opclass_name(c)));
	}
	return json_pack("{s:i, s:i, s:o}", "classes", n, "agreeing", agreeing,
			 "disagreeing", off);
}

/* The first run that means nothing; NULL: all do. */
static const struct ablation_run *refused(const struct ablation *a)
{
	size_t i;

	if (!a->warm.valid)
		return &a->warm;
	for (i = 0; i < a->ncold_runs; i++) {
		if (!a->cold_runs[i].valid)
			return &a->cold_runs[i];
	}
	return NULL;
}

static unsigned int count_tries(const struct ablation *a)
{
	unsigned int n = a->warm.tries;
	size_t i;

	for (i = 0; i < a->ncold_runs; i++)
		n += a->cold_runs[i].tries;
	return n;
}

static json_t *report_json(const struct ablation *a,
			   const struct prefix_part *prefix)
{
	json_t *classes = json_array(), *cold = json_array();
	const struct ablation_run *r = refused(a);
	bool valid = a->warm.valid;
	enum opclass c;
	size_t i;

	for (c = 0; c < OPCLASSES; c++)
		json_array_append_new(classes, class_json(a, c, prefix));
	for (i = 0; i < a->ncold; i++)
		json_array_append_new(cold, cold_json(&a->cold[i]));
	return json_pack("{s:b, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o}",
			 "valid", !r, "why",
			 r ? json_string(r->why) : json_null(), "runs",
			 (int)(1 + a->ncold_runs), "runs_refused",
			 (int)(count_tries(a) - 1 - a->ncold_runs + !!r),
			 "whole_cycles", report_estimate(&a->whole, valid),
			 "classes", classes, "sum_cycles",
			 report_estimate(&a->sum, valid), "interaction",
			 report_estimate(&a->interaction, valid), "agreement",
			 agreement_json(a, prefix), "cold", cold,
			 "back_to_back", looped_json(a));
}

static void put_estimate(const struct estimate *e)
{
	printf(" %8.1f [%7.1f, %7.1f]", e->mean, e->lo, e->hi);
}

/* Back to back; nothing where the backend has no loops. */
static void put_looped(const struct ablation *a, const struct estimate *e,
		       double share)
{
	if (!a->m.loops.n)
		return;
	put_estimate(e);
	printf(" %6.1f %%", 100 * share);
}

static void put_class(const struct ablation *a, enum opclass c,
		      const struct prefix_part *prefix)
{
	const struct ablation_class *x = &a->classes[c];

	if (!x->nops)
		return;
	printf("  %-22s %5u", opclass_title(c), x->nops);
	if (!ablation_class_is_measured(x)) {
		printf("  not possible: %s\n", x->without.possible
						       ? x->alone.why.text
						       : x->without.why.text);
		return;
	}
	if (!a->warm.valid) {
		printf("  %u left without, %u alone\n",
		       (unsigned int)x->without.sequence.nops,
		       (unsigned int)x->alone.sequence.nops);
		return;
	}
	put_estimate(&x->removed);
	printf(" %6.1f %%", 100 * x->share.mean);
	put_looped(a, &x->looped, x->looped_share.mean);
	put_estimate(&x->by_itself);
	if (prefix) {
		printf(" %6.1f %% [%.1f, %.1f]  %s", 100 * prefix[c].share.mean,
		       100 * prefix[c].share.lo, 100 * prefix[c].share.hi,
		       agrees(x, &prefix[c]) ? "agrees" : "DISAGREES");
	}
	putchar('\n');
}

static void put_row(const struct ablation *a, const char *title,
		    const struct estimate *e, const struct estimate *looped)
{
	printf("  %-28s", title);
	put_estimate(e);
	printf(" %6.1f %%", 100 * e->mean / a->whole.mean);
	put_looped(a, looped, looped->mean / a->looped.whole.mean);
	putchar('\n');
}

static void put_cold(const struct ablation *a)
{
	const struct ablation_cold *c;

	printf("\n  %-10s %-14s %5s %5s %28s %10s\n", "cold", "region", "lines",
	       "pages", "cycles more [95 %]", "each");
	for (c = a->cold; c < a->cold + a->ncold; c++) {
		printf("  %-10s %-14s %5u %5u", state_kind_name(c->kind),
		       c->name, c->lines, c->pages);
		if (c->why || !c->run->valid) {
			printf("  %s\n", c->why ? c->why : c->run->why);
			continue;
		}
		put_estimate(&c->cycles);
		if (ablation_cold_units(c))
			printf(" %10.1f", per_unit(c).mean);
		putchar('\n');
	}
}

static void report_text(const struct ablation *a,
			const struct prefix_part *prefix)
{
	enum opclass c;

	printf("ablation: core cycles that go with a class, and that it takes "
	       "alone%s\n",
	       prefix ? "; its share by prefixes" : "");
	printf("  %-22s %5s %28s %8s", "class", "ops",
	       "removed, isolated [95 %]", "share");
	if (a->m.loops.n)
		printf(" %28s %8s", "removed, back to back [95 %]", "share");
	printf(" %28s\n", "alone, isolated [95 %]");
	for (c = 0; c < OPCLASSES; c++)
		put_class(a, c, prefix);
	if (a->warm.valid) {
		put_row(a, "sum", &a->sum, &a->looped.sum);
		put_row(a, "interaction", &a->interaction,
			&a->looped.interaction);
		put_row(a, "whole", &a->whole, &a->looped.whole);
	} else {
		printf("  %s\n", a->warm.why);
	}
	if (a->ncold)
		put_cold(a);
}

int ablation_report(const struct sequence *s, const struct prefix_part *prefix,
		    const struct measure_options *options, json_t *report)
{
	struct error err = {0};
	struct ablation a;
	int code;

	if (ablation_measure(s, options, true, &a, &err))
		return cli_fail(&err);
	code = ablation_is_valid(&a) ? EXIT_DONE : EXIT_CHECK_FAILED;
	if (report) {
		json_object_set_new(report, "ablation",
				    report_json(&a, prefix));
		if (!json_object_get(report, "backend"))
			report_run_facts(report, &a.m, options);
	} else {
		report_text(&a, prefix);
	}
	ablation_measure_free(&a);
	return code;
}
