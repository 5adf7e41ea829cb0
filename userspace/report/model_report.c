// SPDX-License-Identifier: GPL-2.0
#include "model_report.h"

#include <string.h>

static const char no_code[] =
	"the sequence doesn't say which lines its code came from";

/* Why there is no count for a structure; NULL: there is one. */
static const char *why_not(const struct modelling *m,
			   const struct prediction *p,
			   enum model_structure structure)
{
	if (*m->model.part[structure].why)
		return m->model.part[structure].why;
	if ((structure == MODEL_L1I || structure == MODEL_ITLB) &&
	    !p->ops_of_code)
		return no_code;
	return NULL;
}

static bool serves_both(enum model_structure structure)
{
	return structure == MODEL_L2 || structure == MODEL_L3 ||
	       structure == MODEL_STLB;
}

GETTER(const struct predicted *, predicted_of, at->up->data);

static const char *why_no_count(const struct at *at)
{
	const struct predicted *p = predicted_of(at);

	return why_not(p->modelling, p->prediction, at->i);
}

GETTER(bool, is_known, !why_no_count(at));
GETTER(bool, is_unknown, !is_known(at));
GETTER(bool, has_code, is_known(at) && serves_both(at->i));

/* The counts of data and of code, as model_counts has them. */
GETTER(double, accesses,
       DATA(model_count)[MODEL_DATA].accesses +
	       DATA(model_count)[MODEL_CODE].accesses);
GETTER(double, misses,
       DATA(model_count)[MODEL_DATA].misses +
	       DATA(model_count)[MODEL_CODE].misses);
GETTER(const void *, of_code, &DATA(model_count)[MODEL_CODE]);

static const char *policy(const struct at *at)
{
	const struct model *m = &predicted_of(at)->modelling->model;

	return geometry_policy_name(m->part[at->i].array->policy);
}

static const struct record count_record = {
	.fields = FIELDS({MEMBER("accesses", model_count, accesses)},
			 {MEMBER("misses", model_count, misses)}),
};

static const struct record structure_record = {
	.fields =
		FIELDS({REAL_OF("accesses", accesses), FIGURE},
		       {REAL_OF("misses", misses), FIGURE},
		       {OBJECT_OF("of_code", of_code, &count_record),
			.when = IF(has_code)},
		       {WORD_OF("policy", policy), .when = IF(is_known)},
		       {WORD_OF("why", why_no_count), .when = IF(is_unknown)}),
	.valid = IF(is_known),
	.names = model_structure_name,
};

GETTER(struct elements, structures,
       (struct elements){DATA(predicted)->prediction->counts.count,
			 MODEL_STRUCTURES,
			 sizeof(DATA(predicted)->prediction->counts.count[0])});

static const char *geometry_of(const struct at *at)
{
	const struct predicted *p = at->data;
	const char *file = p->modelling->options->file;

	return file ? file : "CPUID";
}

GETTER(const char *, followed,
       DATA(prediction)->recorded ? "trace" : "sequence");

static const struct record prediction_record = {
	.fields =
		FIELDS({WORD_OF("followed", followed)},
		       {MEMBER("steps", prediction, ops)},
		       {MEMBER("steps_of_known_code", prediction, ops_of_code)},
		       {MEMBER("replays", prediction, counts.replays)},
		       {MEMBER("steady", prediction, counts.steady)}),
};

/* The structures stand among the rest, each under its name. */
const struct record report_predicted = {
	.fields = FIELDS({WORD_OF("geometry", geometry_of)},
			 {INLINE_TO(predicted, prediction, &prediction_record)},
			 {NAMED_OF(NULL, structures, &structure_record)}),
};

/* The structures without a count; those of one reason together. */
static void print_missing(FILE *f, const struct predicted *p)
{
	const char *separator = "; not known: ", *before = NULL, *why;
	enum model_structure s;

	for (s = 0; s < MODEL_STRUCTURES; s++) {
		why = why_not(p->modelling, p->prediction, s);
		if (!why)
			continue;
		if (before && strcmp(before, why))
			fprintf(f, " (%s)", before);
		fprintf(f, "%s%s", separator, model_structure_name(s));
		separator = ", ";
		before = why;
	}
	if (before)
		fprintf(f, " (%s)", before);
	fputc('\n', f);
}

void print_prediction(FILE *f, const struct predicted *p)
{
	const struct model_count *side;
	const char *separator = "";
	enum model_structure s;

	fprintf(f, "  predicted misses: ");
	for (s = 0; s < MODEL_STRUCTURES; s++) {
		if (why_not(p->modelling, p->prediction, s))
			continue;
		side = p->prediction->counts.count[s];
		fprintf(f, "%s%s %g", separator, model_structure_name(s),
			side[MODEL_DATA].misses + side[MODEL_CODE].misses);
		separator = ", ";
	}
	if (!*separator)
		fprintf(f, "none");
	print_missing(f, p);
}
