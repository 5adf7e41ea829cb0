// SPDX-License-Identifier: GPL-2.0
#include "evict_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/slots.h"
#include "evict_oracle.h"
#include "heatmap.h"
#include "report.h"
#include "resulttext.h"
#include "terminal.h"

/* The method of the figures, for people and scripts alike. */
#define METHOD                                                               \
	"timing: victims are primed, the sequence is replayed, and victims " \
	"are loaded, timed; all loads of a victim are scored by references " \
	"of the same run (isotonic regression); Fisher's test of pairs "     \
	"against a control, round by round, Benjamini-Hochberg at 5 %"

/* The walk is in a level, whose data are struct evictions. */

GETTER(const struct study *, study_of, &UP(evict_run)->study);
GETTER(enum eviction_level, level_of, DATA(evictions)->level);
GETTER(bool, level_is_valid, study_is_valid(study_of(at), level_of(at)));
GETTER(bool, is_tlb, eviction_level_is_tlb(level_of(at)));
GETTER(bool, is_cache, !is_tlb(at));
GETTER(bool, is_l2, level_of(at) == EVICTION_L2);
GETTER(const char *, level_why,
       at->valid	       ? ""
       : *DATA(evictions)->why ? DATA(evictions)->why
			       : study_of(at)->why);
GETTER(const char *, sets_why, UP(evict_run)->options.ring->l2_sets);

/* The walk is in one of its victims, whose data are struct eviction. */

GETTER(const struct evictions *, evictions_of, at->up->data);
GETTER(const struct victim *, victim_of,
       &evictions_of(at)->victims.list[at->i]);

static double predicted(const struct at *at)
{
	const double *list =
		study_of(at->up)->predicted[evictions_of(at)->level].evicted;

	return list ? list[at->i] : NAN;
}

GETTER(bool, is_line, !eviction_level_is_tlb(evictions_of(at)->level));
GETTER(bool, is_page, !is_line(at));
GETTER(bool, knows_set, victim_of(at)->set != VICTIM_SET_UNKNOWN);
GETTER(int64_t, set, victim_of(at)->set);
GETTER(int64_t, way, victim_of(at)->way);
GETTER(int64_t, line, victim_of(at)->line);
GETTER(bool, was_recorded, victim_of(at)->region);
GETTER(const char *, region, victim_of(at)->region);

static const char *address(const struct at *at, const struct field *f,
			   char *text)
{
	(void)f;
	snprintf(text, RESULT_TEXT, "0x%" PRIx64, victim_of(at)->address);
	return text;
}

static const struct record victim_record = {
	.fields = FIELDS(
		{WHOLE_OF("index", way), .when = IF(is_page)},
		{WHOLE_OF("set", set), .when = IF(is_line),
		 .valid_if = IF(knows_set)},
		{WHOLE_OF("way", way), .when = IF(is_line)},
		{WHOLE_OF("line", line), .when = IF(is_line)},
		{MEMBER("p", eviction, share.mean), FIGURE},
		{MEMBER("evicted_share", eviction, share.mean), FIGURE},
		{MEMBER("ci_lo", eviction, share.lo), FIGURE},
		{MEMBER("ci_hi", eviction, share.hi), FIGURE},
		{MEMBER("p_value", eviction, p_value), FIGURE},
		{MEMBER("evicted", eviction, evicted), FIGURE},
		{MEMBER("samples", eviction, scores[EVICTION_SEQUENCE].n)},
		{WORD_OF("region", region), .when = IF(was_recorded)},
		{TEXT_OF("address", address), .when = IF(was_recorded)},
		{REAL_OF("predicted", predicted)}),
};

GETTER(struct elements, victims,
       (struct elements){DATA(evictions)->list, DATA(evictions)->victims.n,
			 sizeof(*DATA(evictions)->list)});

/*
 * Victims called evicted, set by set. If the page's frame is part of a set's number, then
 * by the rest of the number, which the line's place in its page gives: sets that have
 * this in common are one entry.
 */
static int64_t evicted_of_set(const struct at *at)
{
	const struct evictions *e = at->data;
	const struct victim *v;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < e->victims.n; i++) {
		v = &e->victims.list[i];
		if ((v->set == VICTIM_SET_UNKNOWN ? v->line : v->set) == at->i)
			n += e->list[i].evicted;
	}
	return n;
}

static const struct record set_record = {
	.fields = FIELDS({WHOLE_OF(NULL, evicted_of_set)}),
};

GETTER(struct elements, sets,
       (struct elements){at->data, SWC_LINES_PER_PAGE, 0});

static const struct record check_record = {
	.fields = FIELDS({MEMBER("expected", eviction_check, expected)},
			 {MEMBER("found", eviction_check, found)},
			 {MEMBER("spared", eviction_check, spared)},
			 {MEMBER("wrongly_found", eviction_check, wrong)},
			 {MEMBER("passed", eviction_check, passed)}),
};

GETTER(double, median_ticks, evictions_median_ticks(at->data));
GETTER(double, mean_ticks, evictions_mean_ticks(at->data));
GETTER(double, told_as_beyond, scores_mean(&DATA(eviction_reference)->all));

static const struct record reference_record = {
	.fields = FIELDS({MEMBER("samples", eviction_reference, all.n)},
			 {REAL_OF("median_ticks", median_ticks)},
			 {REAL_OF("mean_ticks", mean_ticks)},
			 {REAL_OF("told_as_beyond", told_as_beyond)}),
};

static const struct record controls_record = {
	.fields = FIELDS(
		{OBJECT_AT("null", evictions, null, &check_record)},
		{OBJECT_AT("planted", evictions, planted, &check_record)},
		{OBJECT_AT("within", evictions, near, &reference_record)},
		{OBJECT_AT("beyond", evictions, far, &reference_record)}),
};

/* The model's answer for a level; the walk is in that still. */

GETTER(const struct predicted *, predicted_of,
       &study_of(at->up)->predicted[level_of(at)]);
GETTER(bool, is_modelled, predicted_of(at)->evicted);
GETTER(const char *, why_not_modelled, predicted_of(at)->why);

static double predicted_in_all(const struct at *at)
{
	const struct predicted *p = predicted_of(at);
	const struct evictions *e = at->data;
	double sum = 0;
	size_t i;

	for (i = 0; i < e->victims.n; i++)
		sum += isnan(p->evicted[i]) ? 0 : p->evicted[i];
	return sum;
}

GETTER(double, agreement,
       (double)study_agreement(study_of(at->up), DATA(evictions)->level) /
	       DATA(evictions)->victims.n);

static const struct record model_record = {
	.fields = FIELDS({BOOL_OF("available", is_modelled)},
			 {WORD_OF("why", why_not_modelled)},
			 {REAL_OF("evicted", predicted_in_all),
			  .valid_if = IF(is_modelled)},
			 {REAL_OF("agreement", agreement), FIGURE,
			  .valid_if = IF(is_modelled)}),
};

GETTER(bool, is_valid, at->valid);

/* All rounds of trials are of this process. */
static struct elements contained(const struct at *at)
{
	(void)at;
	return report_levels(false);
}

static const struct record level_record = {
	.fields = FIELDS(
		{BOOL_OF("valid", is_valid)}, {WORD_OF("why", level_why)},
		{MEMBER("pages_evicted", evictions, evicted), FIGURE,
		 .when = IF(is_tlb)},
		{MEMBER("lines_evicted", evictions, evicted), FIGURE,
		 .when = IF(is_cache)},
		{MEMBER("evicted_per_replay", evictions, expected), FIGURE},
		{MEMBER("victims", evictions, victims.n)},
		{MEMBER("shared", evictions, victims.shared)},
		{ROWS_OF("by_set", sets, &set_record), FIGURE,
		 .when = IF(is_cache)},
		{WORD_OF("by_set_why", sets_why), .when = IF(is_l2)},
		{OBJECT("model", &model_record)},
		{OBJECT("controls", &controls_record)},
		{ROWS_OF("levels", contained, &report_word)},
		{MEMBER("rounds", evictions, rounds)},
		{MEMBER("blurred_rounds", evictions, blurred)},
		{MEMBER("trials", evictions, trials)},
		{MEMBER("samples", evictions, samples)},
		{MEMBER("dropped", evictions, dropped)},
		{MEMBER("seconds", evictions, seconds)},
		{MEMBER("cpu_seconds", evictions, cpu_seconds)},
		{ENUM("isolation", evictions, isolation, isolation_name)},
		{ROWS_OF("lines", victims, &victim_record),
		 .when = IF(is_cache)},
		{ROWS_OF("pages", victims, &victim_record),
		 .when = IF(is_tlb)}),
	.valid = IF(level_is_valid),
};

/* A level that wasn't asked for is null. */
static const void *done(const struct at *at, enum eviction_level level)
{
	const struct evict_run *run = at->data;

	return run->study.done[level] ? &run->study.evictions[level] : NULL;
}

GETTER(const void *, l1d, done(at, EVICTION_L1D));
GETTER(const void *, l2, done(at, EVICTION_L2));
GETTER(const void *, dtlb, done(at, EVICTION_DTLB));
GETTER(const void *, stlb, done(at, EVICTION_STLB));

static const struct record tlb_record = {
	.fields = FIELDS({OBJECT_OF("dtlb", dtlb, &level_record)},
			 {OBJECT_OF("stlb", stlb, &level_record)}),
};

/* Lines and pages of a working set that the call touches, too. */

static int64_t shared_lines(const struct at *at)
{
	return workingset_shared_lines(at->data);
}

static int64_t shared_pages(const struct at *at)
{
	const struct workingset *set = at->data;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < set->data.npages; i++)
		n += set->data.pages[i].called;
	return n;
}

GETTER(bool, is_truncated, workingset_truncated(at->data));

static const struct record working_record = {
	.fields =
		FIELDS({MEMBER("lines", workingset, data.nlines)},
		       {MEMBER("pages", workingset, data.npages)},
		       {WHOLE_OF("shared_lines", shared_lines)},
		       {WHOLE_OF("shared_pages", shared_pages)},
		       {BOOL_OF("truncated", is_truncated)},
		       {ENUM("part", workingset, part, workingset_part_name)}),
};

GETTER(const char *, victims_kind,
       DATA(study_options)->working ? "working-set" : "synthetic");

static const struct record options_record = {
	.fields = FIELDS({MEMBER("cpu", study_options, cpu)},
			 {WORD_OF("victims", victims_kind)},
			 {MEMBER("l2_share", study_options, l2_share)},
			 {MEMBER("planted_tsc_step", study_options, tsc_step),
			  .when = IS(study_options, tsc_step)},
			 {OBJECT_TO("working_set", study_options, working,
				    &working_record)}),
};

static const struct record code_record = {
	.fields = FIELDS({MEMBER("lines", study_code, lines)},
			 {MEMBER("pages", study_code, pages)},
			 {MEMBER("ops_told", study_code, told)}),
};

static const struct record study_record = {
	.fields = FIELDS(
		{MEMBER("valid", study, valid)}, {MEMBER("why", study, why)},
		{MEMBER("seconds", study, seconds)},
		{MEMBER("cpu_seconds", study, cpu_seconds)},
		{OBJECT_AT("code", study, code, &code_record)},
		{OBJECT_AT("provenance", study, machine, &report_machine)}),
};

GETTER(bool, has_verdicts, DATA(evict_run)->by_oracle);

static const struct record oracle_record = {
	.fields = FIELDS({BOOL_OF("available", has_verdicts)},
			 {MEMBER("why", evict_run, oracle_why)}),
};

GETTER(bool, lacks_verdicts, !has_verdicts(at));
GETTER(bool, of_trace, DATA(evict_run)->input->is_trace);
GETTER(const char *, sequence_path, DATA(evict_run)->input->sequence.path);
GETTER(double, fdr, EVICTION_FDR);

/* The oracle's answer is exact; timing's answer for the same pages stands beside it. */
const struct record evict_record = {
	.fields = FIELDS(
		{WORD_OF("sequence", sequence_path)},
		{MEMBER("backend", evict_run, backend)},
		{CONSTANT("method", METHOD), .when = IF(lacks_verdicts)},
		{CONSTANT("method", EVICT_ORACLE_METHOD "; " METHOD),
		 .when = IF(has_verdicts)},
		{INLINE_AT(evict_run, options, &options_record)},
		{REAL_OF("fdr", fdr)},
		{INLINE_AT(evict_run, study, &study_record)},
		{OBJECT_OF("l1d", l1d, &level_record)},
		{OBJECT_OF("l2", l2, &level_record)},
		{INLINE(&tlb_record), .when = IF(lacks_verdicts)},
		{OBJECT_TO("dtlb", evict_run, by_oracle, &report_verdict_pages),
		 .when = IF(has_verdicts)},
		{CONSTANT("stlb", NULL), .when = IF(has_verdicts)},
		{OBJECT("by_timing", &tlb_record), .when = IF(has_verdicts)},
		{MEMBER("lines_why", evict_run, lines_why)},
		{OBJECT("oracle", &oracle_record),
		 .when = IS(evict_run, oracle)},
		{INLINE_TO(evict_run, by_oracle, &report_verdicts)},
		{OBJECT_TO("trace", evict_run, input, &report_trace),
		 .when = IF(of_trace)}),
};

#define UNIT "{by_set?lines|pages}"

static const struct result_line level_lines[] = {
	{.when = "!valid", .text = "not measured: {why}\n"},
	{.when = "valid !victims",
	 .text = "nothing to lose: all {shared} " UNIT " are the call's own\n"},
	{.when = "valid victims",
	 .text = "{lines_evicted}{pages_evicted} of {victims} " UNIT
		 " evicted; in each replay {evicted_per_replay:.1e}"},
	{.when = "valid victims shared",
	 .text = "; {shared} " UNIT " more are the call's own"},
	{.when = "valid victims model.available",
	 .text = "; the model agrees on {model.agreement:.1%} %"},
	{.when = "valid victims",
	 .text = "\n     planted: {controls.planted.found} of "
		 "{controls.planted.expected} found, "
		 "{controls.planted.wrongly_found} of "
		 "{controls.planted.spared} wrongly; null: "
		 "{controls.null.wrongly_found}; loads "
		 "{controls.within.mean_ticks:.1f} and "
		 "{controls.beyond.mean_ticks:.1f} ticks\n"},
	{0}};

static void print_level(const struct evict_run *run,
			const struct result *result, enum eviction_level level)
{
	const char *timing = eviction_level_is_tlb(level) && run->by_oracle
				     ? "by_timing."
				     : "";
	char path[32];

	snprintf(path, sizeof(path), "%s%s", timing,
		 eviction_level_name(level));
	printf("%-5s", eviction_level_name(level));
	result_print(result, path, level_lines, stdout);
	if (study_is_valid(&run->study, level) &&
	    run->study.evictions[level].victims.n)
		heatmap_print(stdout, &run->study, level,
			      terminal_colours(stdout));
}

static const struct result_line run_lines[] = {
	{.when = "code.ops_told",
	 .text = "code {code.lines} lines on {code.pages} pages\n"},
	{.text = "{backend} backend, cpu {cpu}, {seconds:.1f} s\n"},
	{.when = "!valid", .text = "{why}\n"},
	{0}};

static const struct result_line refused_lines[] = {
	{.when = "oracle !oracle.available",
	 .text = "oracle: not available: {oracle.why}\n"},
	{.when = "lines_why", .text = "lines: {lines_why}\n"},
	{0}};

void evict_text(const void *data, const struct result *result)
{
	const struct evict_run *run = data;
	unsigned int level;

	for (level = 0; level < EVICTION_LEVELS; level++) {
		if (run->study.done[level])
			print_level(run, result, level);
	}
	if (run->by_oracle)
		by_oracle_text(result);
	result_print(result, "", refused_lines, stdout);
	if (run->options.working)
		report_working(run->options.working, stdout);
	result_print(result, "", run_lines, stdout);
}
