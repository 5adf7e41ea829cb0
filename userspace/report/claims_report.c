// SPDX-License-Identifier: GPL-2.0
#include "claims_report.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>

#include "report.h"
#include "resulttext.h"

static const struct record word_record = {
	.fields = FIELDS({VALUE(const char *)}),
};

/* Cases: what a claim says of each, and what was found there. */

/* [null, null] where nothing is known; of a fact, both ends are it. */
static const struct record found_record = {
	.fields = FIELDS({MEAN("measured", judged_case, found)},
			 {ENDS("ci", judged_case, found)}),
};

/* All draws, so that a result can be judged again: storedrun.h. */
GETTER(const struct finding *, finding_of, &UP(judged_claim)->findings[at->i]);
GETTER(struct elements, drawn,
       (struct elements){finding_of(at)->series.draws, finding_of(at)->series.n,
			 sizeof(double)});
GETTER(struct elements, drawn_over,
       (struct elements){finding_of(at)->series.over, finding_of(at)->series.n,
			 sizeof(double)});

/* Those draws that the last look saw: many estimates look at their order alone. */
static double mean_of(const struct at *at, const double *values)
{
	int64_t n = UP(judged_claim)->draws_of[at->i];

	return n ? gsl_stats_mean(values, 1, (size_t)n) : NAN;
}

GETTER(double, drawn_mean, mean_of(at, finding_of(at)->series.draws));
GETTER(double, over_mean, mean_of(at, finding_of(at)->series.over));

GETTER(double, common, finding_of(at)->series.common);
GETTER(bool, by_turns, finding_of(at)->by_turns);
GETTER(bool, is_ratio, finding_of(at)->series.ratio);
GETTER(const char *, case_why, finding_of(at)->why);
GETTER(const char *, case_quantity, UP(judged_claim)->quantities[at->i]);

static const struct record draw_record = {
	.fields = FIELDS({VALUE(double)}),
};

GETTER(const char *, case_name, UP(judged_claim)->claim->cases[at->i].name);
GETTER(const char *, case_go, UP(judged_claim)->claim->cases[at->i].go);
GETTER(bool, is_of_version, UP(judged_claim)->claim->nversions);
GETTER(int64_t, case_draws, UP(judged_claim)->draws_of[at->i]);

static const struct record case_record = {
	.fields =
		FIELDS({WORD_OF("name", case_name)},
		       {WORD_OF("go", case_go), .when = IF(is_of_version)},
		       {ENUM("verdict", judged_case, verdict, verdict_name)},
		       {INLINE(&found_record)}, {WHOLE_OF("draws", case_draws)},
		       {WORD_OF("quantity", case_quantity)},
		       {ROWS_OF("drawn", drawn, &draw_record)},
		       {ROWS_OF("over", drawn_over, &draw_record),
			.when = IF(is_ratio)},
		       {REAL_OF("drawn_mean", drawn_mean)},
		       {REAL_OF("over_mean", over_mean), .when = IF(is_ratio)},
		       {BOOL_OF("by_turns", by_turns)},
		       {REAL_OF("common", common)}, {WORD_OF("why", case_why)}),
};

GETTER(struct elements, cases,
       (struct elements){DATA(judged_claim)->judgement.cases,
			 DATA(judged_claim)->claim->ncases,
			 sizeof(struct judged_case)});

/* Versions of Go, where a claim is judged for each. */

GETTER(const struct claim *, claim_above, UP(judged_claim)->claim);
GETTER(const char *, version_go,
       claim_above(at)
	       ->cases[at->i *
		       (claim_above(at)->ncases / claim_above(at)->nversions)]
	       .go);
GETTER(const char *, version_verdict,
       verdict_name(UP(judged_claim)->judgement.by_version[at->i]));

static const struct record version_record = {
	.fields = FIELDS({WORD_OF("go", version_go)},
			 {WORD_OF("verdict", version_verdict)}),
};

GETTER(bool, has_versions, DATA(judged_claim)->claim->nversions);
GETTER(struct elements, versions,
       (struct elements){DATA(judged_claim)->judgement.by_version,
			 DATA(judged_claim)->claim->nversions,
			 sizeof(enum verdict)});

/* Claims. */

static const char *kind_of(const struct quantity *q)
{
	if (q->as == CLAIM_REDUCTION)
		return "reduction";
	if (q->has_over)
		return "ratio";
	return q->has_minus ? "difference" : "value";
}

GETTER(const struct claim *, claim, DATA(judged_claim)->claim);
GETTER(size_t, shown, DATA(judged_claim)->judgement.shown);
GETTER(const struct quantity *, quantity,
       &claim(at)->cases[shown(at)].quantity);
GETTER(const void *, shown_case,
       &DATA(judged_claim)->judgement.cases[shown(at)]);
GETTER(const char *, shown_name, claim(at)->cases[shown(at)].name);
GETTER(const char *, quantity_as, kind_of(quantity(at)));
GETTER(const char *, value_path, quantity(at)->of.value);
GETTER(const void *, claim_data, claim(at));

static const struct record limits_record = {
	.fields =
		FIELDS({MEMBER("lo", saying, lo)}, {MEMBER("hi", saying, hi)}),
};

/* As the catalogue has it. */
static const struct record sentence_record = {
	.fields =
		FIELDS({MEMBER("sentence", claim, sentence)},
		       {MEMBER("source", claim, source)},
		       {MEMBER("note", claim, note), KNOWN},
		       {MEMBER("malformed", claim, malformed), KNOWN},
		       {MEMBER("explain", claim, explain), KNOWN},
		       {MEMBER("unit", claim, prediction.unit)},
		       {OBJECT_AT("limits", claim, prediction, &limits_record)},
		       {ENUM("class", claim, class, claim_class_name)}),
};

GETTER(const char *, id, claim(at)->id);

static const struct record claim_record = {
	.fields = FIELDS(
		{WORD_OF("id", id)},
		{ENUM("verdict", judged_claim, judgement.verdict, verdict_name)},
		{ENUM("as_far_as_it_means", judged_claim, judgement.core,
		      verdict_name)},
		{INLINE_OF(shown_case, &found_record)},
		{MEMBER("predicted", judged_claim, predicted)},
		{MEMBER("why", judged_claim, judgement.why)},
		{INLINE_OF(claim_data, &sentence_record)},
		{ROWS("levels", judged_claim, levels, nlevels, &word_record)},
		{MEMBER("context", judged_claim, context)},
		{WORD_OF("case", shown_name)},
		{WORD_OF("quantity", quantity_as)}, {WORD_OF("of", value_path)},
		{MEMBER("draws", judged_claim, draws)},
		{MEMBER("chance_of_error", judged_claim, judgement.p)},
		{MEMBER("flips_if_moved_by", judged_claim, judgement.flip)},
		{MEMBER("withdrawn", judged_claim, judgement.withdrawn)},
		{ROWS("evidence", judged_claim, studies, nstudies,
		      &word_record)},
		{ROWS_OF("versions", versions, &version_record),
		 .when = IF(has_versions)},
		{ROWS_OF("cases", cases, &case_record)}),
};

/* The whole. */

static const struct record count_record = {
	.fields = FIELDS({VALUE(size_t)}),
	.names = verdict_name,
};

GETTER(double, alpha, VERDICT_ALPHA);
GETTER(double, false_rate, VERDICT_FALSE_RATE);

static const struct record control_record = {
	.fields = FIELDS(
		{REAL_OF("chance_of_error_a_claim", alpha)},
		{REAL_OF("false_among_decided", false_rate)},
		{CONSTANT("by", "Benjamini and Yekutieli, over all claims of "
				"which enough was drawn for a look")},
		{MEMBER("tested", judging, tested)},
		{MEMBER("withdrawn", judging, withdrawn)}),
};

GETTER(const struct judging *, judging, DATA(claims_result)->judging);
GETTER(const void *, judging_data, judging(at));
GETTER(const char *, hash, DATA(claims_result)->file->hash);
GETTER(int64_t, in_catalogue, DATA(claims_result)->file->n);

static const struct record catalogue_record = {
	.fields = FIELDS({MEMBER("name", claims_result, path)},
			 {WORD_OF("hash", hash)},
			 {WHOLE_OF("claims", in_catalogue)}),
};

static const struct record judging_record = {
	.fields = FIELDS(
		{NAMED_ALL("verdicts", judging, counts, &count_record)},
		{OBJECT("control", &control_record)},
		{MEMBER("go", judging, go), KNOWN},
		{MEMBER("studies_run", judging, ran)},
		{MEMBER("seconds", judging, seconds)},
		{ROWS("claims", judging, claims, n, &claim_record)},
		{OBJECT_AT("provenance", judging, machine, &report_machine)}),
};

const struct record claims_record = {
	.fields = FIELDS({OBJECT("catalogue", &catalogue_record)},
			 {INLINE_OF(judging_data, &judging_record)}),
};

static const struct result_line version_lines[] = {
	{.text = "      Go {go:-7s} {verdict}\n"},
	{0},
};

static const struct result_line claim_lines[] = {
	{.text = "  {id:-*s}  {verdict:-14s} "},
	{.when = "?measured", .text = "{measured:10.4g} {unit:-12s} "},
	{.when = "!draws", .text = "           {unit:-12s} "},
	{.text = "{predicted}\n"},
	{.when = "malformed",
	 .text = "      malformed: {malformed}; as far as it means something: "
		 "{as_far_as_it_means}\n"},
	{.when = "note", .text = "      {note}\n"},
	{.text = "      {why}\n"},
	{.each = "versions", .rows = version_lines},
	{0},
};

static const struct result_line lines[] = {
	{.text = "{catalogue.name} ({catalogue.hash}), on {provenance.cpu}, "
		 "{provenance.hypervisor}:\n"},
	{.each = "claims", .rows = claim_lines},
	{.each = "verdicts", .text = "{.} {@}, "},
	{.text = "{control.tested} of them with intervals, of which "
		 "{control.withdrawn} verdicts were withdrawn lest more than 5 % "
		 "of what is decided be wrong\n"},
	{0},
};

void claims_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
}
