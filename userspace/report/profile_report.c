// SPDX-License-Identifier: GPL-2.0
#include "profile_report.h"

#include <stdio.h>

#include "ablation_report.h"
#include "engine/optable.h"
#include "report.h"
#include "resulttext.h"

/* KEY: the mean, KEY_ci: its interval, a list of two. */
#define PAIR(k, type, member)                       \
	{MEAN(k, type, member), FIGURE},            \
	{                                           \
		ENDS(k "_ci", type, member), FIGURE \
	}

static const struct record part_record = {
	.fields = FIELDS({MEMBER("name", prefix_part, name)},
			 {MEMBER("ops", prefix_part, nops)},
			 PAIR("cycles", prefix_part, cycles),
			 PAIR("share", prefix_part, share),
			 PAIR("lasting_cycles", prefix_part, lasting),
			 PAIR("lasting_share", prefix_part, lasting_share)),
};

GETTER(const struct prefix_profile *, profile_of, at->up->data);

/* A path as a list of names, the outermost first; the walk is in a path. */
GETTER(struct elements, names,
       (struct elements){at->data,
			 callpath_depth(&profile_of(at)->paths, at->i) + 1, 0});

static const char *name_in_path(const struct at *at)
{
	const struct callpaths *paths = &profile_of(at->up)->paths;
	uint32_t path = at->up->i, up = callpath_depth(paths, path) - at->i;

	while (up--)
		path = paths->list[path].parent;
	return paths->list[path].name;
}

static const struct record name_record = {
	.fields = FIELDS({WORD_OF(NULL, name_in_path)}),
};

GETTER(const void *, self_of, &profile_of(at)->self.list[at->i]);
GETTER(const void *, within_of, &profile_of(at)->within.list[at->i]);

static const struct record self_record = {
	.fields = FIELDS({MEMBER("self_ops", prefix_part, nops)},
			 PAIR("self_cycles", prefix_part, cycles),
			 PAIR("self_lasting_cycles", prefix_part, lasting)),
};

static const struct record within_record = {
	.fields = FIELDS(PAIR("cycles", prefix_part, cycles),
			 PAIR("share", prefix_part, share),
			 PAIR("lasting_cycles", prefix_part, lasting)),
};

static const struct record path_record = {
	.fields = FIELDS({ROWS_OF("path", names, &name_record)},
			 {INLINE_OF(self_of, &self_record)},
			 {INLINE_OF(within_of, &within_record)}),
};

/* The runs in order of execution: operations one after another on one call path. */
static const struct record run_record = {
	.fields = FIELDS({MEMBER("path", prefix_run, path)},
			 {MEMBER("first", prefix_run, first)},
			 {MEMBER("ops", prefix_run, nops)},
			 PAIR("cycles", prefix_run, cycles),
			 PAIR("lasting_cycles", prefix_run, lasting)),
};

GETTER(int64_t, op_number, at->i);
GETTER(const char *, op_kind,
       swc_op_traits(profile_of(at)->sequence->ops[at->i].kind)->name);

static const char *op_function(const struct at *at)
{
	const struct sequence *s = profile_of(at)->sequence;

	return s->functions.list[s->notes[at->i].function];
}

GETTER(const char *, op_class,
       opclass_title(profile_of(at)->classes_of[at->i]));
GETTER(int64_t, op_line, profile_of(at)->sequence->notes[at->i].line);

static const struct record op_record = {
	.fields = FIELDS(
		{WHOLE_OF("op", op_number)}, {WORD_OF("kind", op_kind)},
		{WORD_OF("function", op_function)},
		{WORD_OF("class", op_class)}, {WHOLE_OF("line", op_line)},
		PAIR("cycles", prefix_op, cycles),
		PAIR("lasting_cycles", prefix_op, lasting)),
};

GETTER(struct elements, ops,
       (struct elements){DATA(prefix_profile)->ops,
			 DATA(prefix_profile)->sequence->nops,
			 sizeof(*DATA(prefix_profile)->ops)});

/* The part of the whole that its code's places cost; null: it doesn't know them. */
static const struct record layout_record = {
	.fields = FIELDS({MEMBER("cycles", prefix_profile, layout), FIGURE},
			 PAIR("accounted", prefix_profile, closure),
			 PAIR("without", prefix_profile, packed)),
};

GETTER(double, closure_limit, PREFIX_CLOSURE_LIMIT);
GETTER(bool, agrees, prefix_agrees(at->data));
GETTER(bool, closes, prefix_closes(at->data));
GETTER(int64_t, samples_each,
       stats_kept(DATA(prefix_profile)->m.stats,
		  DATA(prefix_profile)->m.arms.n));
GETTER(const char *, sequence_path, DATA(prefix_profile)->sequence->path);
GETTER(struct elements, not_replayed,
       report_missing(&DATA(prefix_profile)->sequence->not_replayed));

static const struct record prefix_record = {
	.fields = FIELDS(
		{WORD_OF("sequence", sequence_path)},
		{CONSTANT("method", "prefix")},
		{MEMBER("cycles", prefix_profile, whole), FIGURE},
		{ROWS_OF("not_replayed", not_replayed, &report_not_replayed)},
		{MEMBER("total", prefix_profile, total), FIGURE},
		PAIR("closure", prefix_profile, closure),
		{REAL_OF("closure_limit", closure_limit)},
		{BOOL_OF("closure_agrees", agrees), FIGURE},
		{BOOL_OF("closes", closes), FIGURE},
		{OBJECT("code_layout", &layout_record),
		 .valid_if = IS(prefix_profile, has_layout)},
		{ROWS("functions", prefix_profile, functions.list, functions.n,
		      &part_record)},
		{ROWS("classes", prefix_profile, classes.list, classes.n,
		      &part_record)},
		{ROWS("phases", prefix_profile, phases.list, phases.n,
		      &part_record)},
		{ROWS("paths", prefix_profile, paths.list, paths.n,
		      &path_record)},
		{ROWS("runs", prefix_profile, runs, nruns, &run_record)},
		{ROWS_OF("ops", ops, &op_record)},
		{WHOLE_OF("samples_each", samples_each)}),
	.valid = IS(prefix_profile, valid),
};

/* The profile may be invalid although its run is valid. */
static const struct record verdict_record = {
	.fields = FIELDS({MEMBER("valid", prefix_profile, valid)},
			 {MEMBER("why", prefix_profile, why)}),
};

const struct record profile_record = {
	.fields = FIELDS(
		{INLINE_TO(profile_result, states, &report_states)},
		{INLINE_TO(profile_result, p, &prefix_record)},
		{INLINE_AT(profile_result, facts, &report_facts)},
		{INLINE_TO(profile_result, p, &verdict_record)},
		{OBJECT_TO("trace", profile_result, trace, &report_trace),
		 .when = IS(profile_result, trace)},
		{OBJECT_AT("ablation", profile_result, ablation,
			   &report_ablation),
		 .when = IS(profile_result, ablation.a)}),
};

static const struct result_line part_lines[] = {
	{.when = "ops",
	 .text = "  {name:-*s} {ops:5d} {cycles:9.2f} ± {cycles_ci:-6.2f} "
		 "{share:6.1%} %  {share:24b}\n"},
	{0}};

static const struct result_line shares_lines[] = {
	{.when = "phases", .text = "phase, its ops, cycles and share\n"},
	{.each = "phases", .rows = part_lines},
	{.text = "function\n"},
	{.each = "functions", .rows = part_lines},
	{.text = "class\n"},
	{.each = "classes", .rows = part_lines},
	{.text = "sum of all {total:.2e} cycles"},
	{.when = "code_layout",
	 .text = ", where the code was recorded "
		 "{code_layout.cycles.mean:+.2f} "
		 "[{code_layout.cycles.ci_lo:.2f}, "
		 "{code_layout.cycles.ci_hi:.2f}]"},
	{.text = "; replayed as a whole {cycles:.2e}\n"
		 "closure {closure:.4f} [{closure_ci.0:.4f}, "
		 "{closure_ci.1:.4f}]: {closes?within|NOT within} "
		 "{closure_limit:.0%} % of 1"
		 "{closes?|: don't rely on these shares}\n"},
	{0}};

static const struct result_line head_lines[] = {
	{.text = "{sequence}: {ops:d} ops, isolated, each prefix measured "
		 "{samples_each} times\n"},
	{.when = "valid", .rows = shares_lines},
	{0}};

static const struct result_line run_lines[] = {
	{.text = "{backend} backend, cpu {cpu}, isolation {isolation}: "
		 "{replays} replays, {dropped} samples dropped\n"},
	{.when = "!valid", .text = "{why}\n"},
	{0}};

void profile_text(const void *data, const struct result *result)
{
	const struct profile_result *r = data;

	if (r->p) {
		result_print(result, "", head_lines, stdout);
		print_not_replayed(&r->p->sequence->not_replayed, "");
		result_print(result, "", run_lines, stdout);
	}
	if (r->ablation.a)
		ablation_text(result);
}
