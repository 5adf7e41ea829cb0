// SPDX-License-Identifier: GPL-2.0
#include "returns_report.h"

#include <stdio.h>

#include "cli.h"
#include "report.h"
#include "returns.h"

/* Depths in the text: every so many. */
#define DEPTH_STEP 4u

static json_t *knee_json(const struct returns_knee *k, bool valid,
			 const char *depth, const char *before,
			 const char *beyond)
{
	bool shown = valid && k->found;

	return json_pack("{s:o, s:o, s:o, s:o}", "found",
			 valid ? json_boolean(k->found) : json_null(), depth,
			 report_estimate(&k->depth, shown), before,
			 report_estimate(&k->before, shown), beyond,
			 report_estimate(&k->beyond, shown));
}

static json_t *depth_json(const struct returns *r, unsigned int depth)
{
	bool valid = r->m.valid;
	json_t *o = json_pack("{s:i, s:o}", "depth", depth, "nested_cycles",
			      report_estimate(&r->nested[depth - 1], valid));

	if (!o || depth % 2)
		return o;
	json_object_set_new(o, "matched_cycles",
			    report_estimate(&r->matched[depth / 2 - 1], valid));
	json_object_set_new(o, "extra_cycles",
			    report_estimate(&r->extra[depth / 2 - 1], valid));
	return o;
}

static json_t *report_json(const struct returns *r,
			   const struct measure_options *options)
{
	bool valid = r->m.valid;
	json_t *depths = json_array(), *o, *returns;
	unsigned int depth;

	for (depth = 1; depth <= RETURNS_DEPTH; depth++)
		json_array_append_new(depths, depth_json(r, depth));
	returns = json_pack(
		"{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "runs_refused",
		(int)r->tries - (valid ? 1 : 0), "call_and_return_cycles",
		report_estimate(&r->pair, valid), "switched_extra_cycles",
		report_estimate(&r->switched, valid), "mismatched_extra_cycles",
		report_estimate(&r->mismatched, valid), "overflow",
		knee_json(&r->overflow, valid, "depth", "cycles_within",
			  "cycles_beyond"),
		"mispredicted",
		knee_json(&r->wrong, valid, "at_most", "cycles_each",
			  "cycles_beyond"),
		"depths", depths);
	o = json_pack("{s:o}", "returns", returns);
	if (o)
		report_run_facts(o, &r->m, options);
	return o;
}

static void put(const char *what, const struct estimate *e)
{
	printf("  %-50s %7.2f [%.2f, %.2f]\n", what, e->mean, e->lo, e->hi);
}

static void put_knees(const struct returns *r)
{
	const struct returns_knee *k = &r->overflow;

	if (k->found) {
		put("calls within one another until returns cost more",
		    &k->depth);
		put("  a call and its return, up to there", &k->before);
		put("  beyond", &k->beyond);
	} else {
		printf("  no depth to %u from which on returns cost more\n",
		       RETURNS_DEPTH);
	}
	k = &r->wrong;
	if (k->found) {
		put("returns out of turn that are predicted wrong, at most",
		    &k->depth);
		put("  each of them costs more", &k->before);
	} else {
		printf("  no number of returns out of turn from which on the "
		       "rest is predicted\n");
	}
}

static void put_depths(const struct returns *r)
{
	unsigned int depth;
	double n;

	printf("\n  cycles for each call and return\n  %5s %18s %18s %18s\n",
	       "calls", "within one another", "on two stacks",
	       "out of turn, more");
	for (depth = DEPTH_STEP; depth <= RETURNS_DEPTH; depth += DEPTH_STEP) {
		n = depth;
		printf("  %5u %18.2f %18.2f %18.2f\n", depth,
		       r->nested[depth - 1].mean / n,
		       r->matched[depth / 2 - 1].mean / n,
		       r->extra[depth / 2 - 1].mean / n);
	}
}

static void report_text(const struct returns *r)
{
	printf("what returns cost, core cycles\n");
	if (!r->m.valid) {
		printf("  %s\n", r->m.why);
		return;
	}
	put("a call that returns at once", &r->pair);
	put("more, if another stack comes in between", &r->switched);
	put("more, if a return comes out of turn", &r->mismatched);
	put_knees(r);
	put_depths(r);
}

int returns_report(const struct measure_options *options, bool json)
{
	static struct returns r;
	struct error err = {0};
	int code;

	if (returns_measure(options, &r, &err))
		return cli_fail(&err);
	code = r.m.valid ? EXIT_DONE : EXIT_CHECK_FAILED;
	if (json)
		code = cli_print(report_json(&r, options), code);
	else
		report_text(&r);
	measurement_free(&r.m);
	return code;
}
