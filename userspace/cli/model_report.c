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

static json_t *count(const struct model_count *c)
{
	return json_pack("{s:f, s:f}", "accesses", c->accesses, "misses",
			 c->misses);
}

static json_t *structure_json(const struct modelling *m,
			      const struct prediction *p,
			      enum model_structure structure)
{
	const struct model_count *side = p->counts.count[structure];
	const struct model_count both = {
		side[MODEL_DATA].accesses + side[MODEL_CODE].accesses,
		side[MODEL_DATA].misses + side[MODEL_CODE].misses,
	};
	const struct assoc *a = m->model.part[structure].array;
	const char *why = why_not(m, p, structure);
	json_t *o;

	if (why)
		return json_pack("{s:n, s:n, s:s}", "accesses", "misses", "why",
				 why);
	o = count(&both);
	if (serves_both(structure))
		json_object_set_new(o, "of_code", count(&side[MODEL_CODE]));
	json_object_set_new(o, "policy",
			    json_string(geometry_policy_name(a->policy)));
	return o;
}

json_t *report_prediction(const struct modelling *m, const struct prediction *p)
{
	const char *file = m->options->file;
	json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:i, s:b}", "geometry",
			      file ? file : "CPUID", "followed",
			      p->recorded ? "trace" : "sequence", "steps",
			      (json_int_t)p->ops, "steps_of_known_code",
			      (json_int_t)p->ops_of_code, "replays",
			      p->counts.replays, "steady", p->counts.steady);
	enum model_structure s;

	for (s = 0; s < MODEL_STRUCTURES; s++)
		json_object_set_new(o, model_structure_name(s),
				    structure_json(m, p, s));
	return o;
}

/* The structures without a count; those of one reason together. */
static void print_missing(FILE *f, const struct modelling *m,
			  const struct prediction *p)
{
	const char *separator = "; not known: ", *before = NULL, *why;
	enum model_structure s;

	for (s = 0; s < MODEL_STRUCTURES; s++) {
		why = why_not(m, p, s);
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

void print_prediction(FILE *f, const struct modelling *m,
		      const struct prediction *p)
{
	const char *separator = "";
	enum model_structure s;

	for (s = 0; s < MODEL_STRUCTURES; s++) {
		if (why_not(m, p, s))
			continue;
		fprintf(f, "%s%s %g", separator, model_structure_name(s),
			p->counts.count[s][MODEL_DATA].misses +
				p->counts.count[s][MODEL_CODE].misses);
		separator = ", ";
	}
	if (!*separator)
		fprintf(f, "none");
	print_missing(f, m, p);
}
