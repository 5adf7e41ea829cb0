// SPDX-License-Identifier: GPL-2.0
#include "evict_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "engine/slots.h"
#include "evict_oracle.h"
#include "heatmap.h"
#include "report.h"

/* For people and scripts alike: what stands behind the figures. */
#define METHOD                                                               \
	"timing: victims are primed, the sequence is replayed, and victims " \
	"are loaded, timed; all loads of a victim are scored by references " \
	"of the same run (isotonic regression); Fisher's test of pairs "     \
	"against a control, round by round, Benjamini-Hochberg at 5 %"

static json_t *real_or_null(double value, bool valid)
{
	return valid && !isnan(value) ? json_real(value) : json_null();
}

static json_t *count_or_null(size_t n, bool valid)
{
	return valid ? json_integer(n) : json_null();
}

static double predicted(const struct study *study, enum eviction_level level,
			size_t i)
{
	const double *list = study->forecast[level].evicted;

	return list ? list[i] : NAN;
}

static json_t *report_set(uint32_t set)
{
	return set == VICTIM_SET_UNKNOWN ? json_null() : json_integer(set);
}

/* Where it was in the recorded process. */
static void add_recorded(json_t *o, const struct victim *victim)
{
	char address[32];

	snprintf(address, sizeof(address), "0x%" PRIx64, victim->address);
	json_object_set_new(o, "region", json_string(victim->region));
	json_object_set_new(o, "address", json_string(address));
}

/* What lines and pages have in common. */
static void add_eviction(json_t *o, const struct study *study,
			 enum eviction_level level, size_t i)
{
	const struct evictions *e = &study->evictions[level];
	const struct eviction *v = &e->list[i];
	bool valid = study_is_valid(study, level);

	json_object_set_new(o, "p", real_or_null(v->share.mean, valid));
	json_object_set_new(o, "evicted_share",
			    real_or_null(v->share.mean, valid));
	json_object_set_new(o, "ci_lo", real_or_null(v->share.lo, valid));
	json_object_set_new(o, "ci_hi", real_or_null(v->share.hi, valid));
	json_object_set_new(o, "p_value", real_or_null(v->p_value, valid));
	json_object_set_new(o, "evicted",
			    valid ? json_boolean(v->evicted) : json_null());
	json_object_set_new(o, "samples",
			    json_integer(v->scores[EVICTION_SEQUENCE].n));
	if (e->victims.list[i].region)
		add_recorded(o, &e->victims.list[i]);
	json_object_set_new(o, "predicted",
			    real_or_null(predicted(study, level, i), true));
}

static json_t *report_victims(const struct study *study,
			      enum eviction_level level)
{
	const struct evictions *e = &study->evictions[level];
	bool tlb = eviction_level_is_tlb(level);
	const struct victim *v;
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		v = &e->victims.list[i];
		o = tlb ? json_pack("{s:i}", "index", v->way)
			: json_pack("{s:o, s:i, s:i}", "set",
				    report_set(v->set), "way", v->way, "line",
				    v->line);
		add_eviction(o, study, level, i);
		json_array_append_new(list, o);
	}
	return list;
}

/*
 * Victims called evicted, set by set. Where the page's frame is part of what tells
 * the set, by the part that the line's place in its page tells: sets that have this
 * in common are one entry.
 */
static json_t *report_by_set(const struct evictions *e, bool valid)
{
	size_t i, sets[SWC_LINES_PER_PAGE] = {0};
	const struct victim *v;
	json_t *list;

	if (!valid)
		return json_null();
	for (i = 0; i < e->victims.n; i++) {
		v = &e->victims.list[i];
		sets[v->set == VICTIM_SET_UNKNOWN ? v->line : v->set] +=
			e->list[i].evicted;
	}
	list = json_array();
	for (i = 0; i < SWC_LINES_PER_PAGE; i++)
		json_array_append_new(list, json_integer(sets[i]));
	return list;
}

static json_t *report_check(const struct eviction_check *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:b}", "expected",
			 (json_int_t)c->expected, "found", (json_int_t)c->found,
			 "spared", (json_int_t)c->spared, "wrongly_found",
			 (json_int_t)c->wrong, "passed", c->passed);
}

static json_t *report_reference(const struct eviction_reference *r)
{
	return json_pack("{s:I, s:o, s:o, s:f}", "samples",
			 (json_int_t)r->all.n, "median_ticks",
			 real_or_null(evictions_median_ticks(r), true),
			 "mean_ticks",
			 real_or_null(evictions_mean_ticks(r), true),
			 "told_as_beyond", scores_mean(&r->all));
}

static json_t *report_controls(const struct evictions *e)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "null", report_check(&e->null),
			 "planted", report_check(&e->planted), "within",
			 report_reference(&e->near), "beyond",
			 report_reference(&e->far));
}

static json_t *report_prediction(const struct study *study,
				 enum eviction_level level)
{
	const struct forecast *p = &study->forecast[level];
	const struct evictions *e = &study->evictions[level];
	bool valid = study_is_valid(study, level);
	double sum = 0;
	size_t i;

	for (i = 0; p->evicted && i < e->victims.n; i++)
		sum += isnan(p->evicted[i]) ? 0 : p->evicted[i];
	return json_pack("{s:b, s:s, s:o, s:o}", "available",
			 p->evicted != NULL, "why", p->why, "evicted",
			 real_or_null(sum, p->evicted), "agreement",
			 real_or_null((double)study_agreement(study, level) /
					      e->victims.n,
				      p->evicted && valid));
}

static json_t *report_level(const struct study *study,
			    const struct evict_run *run,
			    enum eviction_level level)
{
	const struct evictions *e = &study->evictions[level];
	bool tlb = eviction_level_is_tlb(level);
	bool valid = study_is_valid(study, level);
	json_t *o = json_object();

	json_object_set_new(o, "valid", json_boolean(valid));
	json_object_set_new(o, "why",
			    json_string(valid	  ? ""
					: *e->why ? e->why
						  : study->why));
	json_object_set_new(o, tlb ? "pages_evicted" : "lines_evicted",
			    count_or_null(e->evicted, valid));
	json_object_set_new(o, "evicted_per_replay",
			    report_estimate(&e->expected, valid));
	json_object_set_new(o, "victims", json_integer(e->victims.n));
	json_object_set_new(o, "shared", json_integer(e->victims.shared));
	if (!tlb)
		json_object_set_new(o, "by_set", report_by_set(e, valid));
	if (level == EVICTION_L2)
		json_object_set_new(o, "by_set_why",
				    json_string(run->options->ring->l2_sets));
	json_object_set_new(o, "model", report_prediction(study, level));
	json_object_set_new(o, "controls", report_controls(e));
	json_object_set_new(o, "rounds", json_integer(e->rounds));
	json_object_set_new(o, "blurred_rounds", json_integer(e->blurred));
	json_object_set_new(o, "trials", json_integer(e->trials));
	json_object_set_new(o, "samples", json_integer(e->samples));
	json_object_set_new(o, "dropped", json_integer(e->dropped));
	json_object_set_new(o, "seconds", json_real(e->seconds));
	json_object_set_new(o, "cpu_seconds", json_real(e->cpu_seconds));
	json_object_set_new(o, "isolation",
			    json_string(isolation_name(e->isolation)));
	json_object_set_new(o, tlb ? "pages" : "lines",
			    report_victims(study, level));
	return o;
}

/* Null where victims are synthetic. */
static json_t *report_set_recorded(const struct evict_run *run)
{
	const struct workingset *set = run->options->working;
	size_t i, lines = 0, pages = 0;

	if (!set)
		return json_null();
	for (i = 0; i < set->data.nlines; i++)
		lines += set->data.lines[i].shared;
	for (i = 0; i < set->data.npages; i++)
		pages += set->data.pages[i].called;
	return json_pack("{s:I, s:I, s:I, s:I, s:b, s:s}", "lines",
			 (json_int_t)set->data.nlines, "pages",
			 (json_int_t)set->data.npages, "shared_lines",
			 (json_int_t)lines, "shared_pages", (json_int_t)pages,
			 "truncated", workingset_truncated(set), "part",
			 workingset_part_name(set->part));
}

/* What the oracle says is exact; what timing says of the same pages, beside it. */
static void add_oracle(json_t *o, const struct evict_run *run)
{
	json_t *timed;

	json_object_set_new(o, "oracle",
			    json_pack("{s:b, s:s}", "available",
				      run->verdicts != NULL, "why",
				      run->oracle_why));
	if (!run->verdicts)
		return;
	timed = json_pack("{s:O, s:O}", "dtlb", json_object_get(o, "dtlb"),
			  "stlb", json_object_get(o, "stlb"));
	json_object_set_new(o, "by_timing", timed);
	json_object_set_new(o, "method",
			    json_string(EVICT_ORACLE_METHOD "; " METHOD));
	report_verdicts(o, &run->input->sequence, run->verdicts);
}

json_t *report_study(const struct study *study, const struct evict_run *run)
{
	unsigned int level;
	json_t *o;

	o = json_pack("{s:o, s:s, s:i, s:s, s:s, s:b, s:s, s:f, s:f, s:f}",
		      "sequence", report_name(run->input->sequence.path),
		      "backend", run->backend, "cpu", run->options->cpu,
		      "method", METHOD, "victims",
		      run->options->working ? "working-set" : "synthetic",
		      "valid", study->valid, "why", study->why, "seconds",
		      study->seconds, "fdr", EVICTION_FDR, "l2_share",
		      run->options->l2_share);
	json_object_set_new(o, "cpu_seconds", json_real(study->cpu_seconds));
	if (run->options->tsc_step)
		json_object_set_new(o, "planted_tsc_step",
				    json_integer(run->options->tsc_step));
	for (level = 0; level < EVICTION_LEVELS; level++)
		json_object_set_new(o, eviction_level_name(level),
				    study->done[level]
					    ? report_level(study, run, level)
					    : json_null());
	json_object_set_new(o, "lines_why", json_string(run->lines_why));
	if (run->oracle)
		add_oracle(o, run);
	json_object_set_new(o, "working_set", report_set_recorded(run));
	json_object_set_new(o, "code",
			    json_pack("{s:I, s:I, s:I}", "lines",
				      (json_int_t)study->code.lines, "pages",
				      (json_int_t)study->code.pages, "ops_told",
				      (json_int_t)study->code.told));
	if (run->input->is_trace)
		json_object_set_new(o, "trace", report_trace(run->input));
	json_object_set_new(o, "provenance",
			    report_provenance(&study->machine));
	return o;
}

static void print_level(FILE *f, const struct study *study,
			enum eviction_level level)
{
	const struct evictions *e = &study->evictions[level];
	const struct forecast *p = &study->forecast[level];
	const char *unit = eviction_level_is_tlb(level) ? "pages" : "lines";

	fprintf(f, "%-5s", eviction_level_name(level));
	if (!study_is_valid(study, level)) {
		fprintf(f, "not measured: %s\n", *e->why ? e->why : study->why);
		return;
	}
	if (!e->victims.n) {
		fprintf(f, "nothing to lose: all %zu %s are the call's own\n",
			e->victims.shared, unit);
		return;
	}
	fprintf(f, "%zu of %zu %s evicted; in each replay %.1f [%.1f, %.1f]",
		e->evicted, e->victims.n, unit, e->expected.mean,
		e->expected.lo, e->expected.hi);
	if (e->victims.shared)
		fprintf(f, "; %zu %s more are the call's own",
			e->victims.shared, unit);
	if (p->evicted)
		fprintf(f, "; the model agrees on %.1f %%",
			100. * study_agreement(study, level) / e->victims.n);
	fprintf(f,
		"\n     planted: %zu of %zu found, %zu of %zu wrongly; null: "
		"%zu; loads %.1f and %.1f ticks\n",
		e->planted.found, e->planted.expected, e->planted.wrong,
		e->planted.spared, e->null.wrong,
		evictions_mean_ticks(&e->near), evictions_mean_ticks(&e->far));
	heatmap_print(f, study, level, isatty(fileno(f)));
}

void print_study(FILE *f, const struct study *study,
		 const struct evict_run *run)
{
	unsigned int level;

	for (level = 0; level < EVICTION_LEVELS; level++) {
		if (study->done[level])
			print_level(f, study, level);
	}
	if (run->verdicts)
		print_verdicts(f, &run->input->sequence, run->verdicts);
	else if (run->oracle)
		fprintf(f, "oracle: not available: %s\n", run->oracle_why);
	if (*run->lines_why)
		fprintf(f, "lines: %s\n", run->lines_why);
	if (run->options->working)
		report_working(run->options->working, f);
	if (study->code.told)
		fprintf(f, "code %zu lines on %zu pages\n", study->code.lines,
			study->code.pages);
	fprintf(f, "%s backend, cpu %u, %.1f s\n", run->backend,
		run->options->cpu, study->seconds);
	if (!study->valid)
		fprintf(f, "%s\n", study->why);
}
