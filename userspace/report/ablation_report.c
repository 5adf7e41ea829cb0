// SPDX-License-Identifier: GPL-2.0
#include "ablation_report.h"

#include <stdio.h>

#include "resulttext.h"
#include "states.h"
#include "withhold.h"

GETTER(const struct ablation *, ablation_of, DATA(ablation_result)->a);

static struct estimate per_unit(const struct ablation_cold *c)
{
	double n = ablation_cold_units(c);

	return (struct estimate){c->cycles.mean / n, c->cycles.lo / n,
				 c->cycles.hi / n};
}

GETTER(bool, is_impossible, !DATA(ablated)->possible);

/* The changes that made a sequence of another; see struct ablated. */
static const struct record ablated_record = {
	.fields = FIELDS({MEMBER("possible", ablated, possible)},
			 {MEMBER("ops", ablated, sequence.nops)},
			 {MEMBER("removed", ablated, removed)},
			 {MEMBER("merged", ablated, merged)},
			 {MEMBER("adjusted", ablated, adjusted)},
			 {MEMBER("reloaded", ablated, reloaded)},
			 {MEMBER("independent", ablated, independent)},
			 {MEMBER("cleared", ablated, cleared)},
			 {MEMBER("unproved", ablated, unproved)},
			 {MEMBER("exact", ablated, exact)},
			 {MEMBER("why", ablated, why.text),
			  .when = IF(is_impossible)}),
};

/*
 * Two runs, and the machine may have been slower in one: shares are compared, not
 * cycles.
 */
static bool agrees(const struct ablation_class *x,
		   const struct prefix_part *prefix)
{
	return ablation_agrees(&x->share, &prefix->share);
}

/* The rest of a row is of a class, and @at->up of the ablation. */
GETTER(const void *, prefix_of,
       UP(ablation_result)->prefix ? &UP(ablation_result)->prefix[at->i]
				   : NULL);
GETTER(bool, has_prefix, prefix_of(at));
GETTER(bool, class_agrees, agrees(at->data, prefix_of(at)));
GETTER(bool, class_is_valid,
       ablation_of(at->up)->warm.valid &&ablation_class_is_measured(at->data));
GETTER(bool, class_is_looped, ablation_of(at->up)->m.loops.n);

static const struct record prefix_record = {
	.fields = FIELDS(
		{MEMBER("prefix_cycles", prefix_part, cycles)},
		{MEMBER("prefix_share", prefix_part, share)},
		{MEMBER("prefix_lasting_cycles", prefix_part, lasting)},
		{MEMBER("prefix_lasting_share", prefix_part, lasting_share)}),
};

static const struct record class_record = {
	.fields = FIELDS(
		{INDEX("name", opclass_name)},
		{MEMBER("ops", ablation_class, nops)},
		{MEMBER("removed_cycles", ablation_class, removed), FIGURE},
		{MEMBER("alone_cycles", ablation_class, by_itself), FIGURE},
		{MEAN("share", ablation_class, share), FIGURE},
		{INTERVAL("share_ci", ablation_class, share), FIGURE},
		{OBJECT_AT("without", ablation_class, without, &ablated_record)},
		{OBJECT_AT("alone", ablation_class, alone, &ablated_record)},
		{MEMBER("removed_back_to_back", ablation_class, looped), FIGURE,
		 .valid_if = IF(class_is_looped)},
		{MEMBER("share_back_to_back", ablation_class, looped_share),
		 FIGURE, .valid_if = IF(class_is_looped)},
		{INLINE_OF(prefix_of, &prefix_record)},
		{BOOL_OF("agrees", class_agrees), FIGURE,
		 .when = IF(has_prefix)}),
	.valid = IF(class_is_valid),
};

GETTER(bool, is_by_page, state_is_by_page(DATA(ablation_cold)->kind));
GETTER(bool, is_by_line, !is_by_page(at));
GETTER(bool, cold_is_valid,
       !DATA(ablation_cold)->why && DATA(ablation_cold)->run->valid);

/* There is no number if there is no unit. */
GETTER(struct estimate, of_each, per_unit(at->data));

static const struct record cold_record = {
	.fields = FIELDS({MEMBER("region", ablation_cold, name)},
			 {ENUM("state", ablation_cold, kind, state_kind_name)},
			 {MEMBER("why", ablation_cold, why)},
			 {MEMBER("cycles", ablation_cold, cycles), FIGURE},
			 {MEMBER("lines", ablation_cold, lines)},
			 {MEMBER("pages", ablation_cold, pages)},
			 {ESTIMATE_OF("cycles_per_page", of_each), FIGURE,
			  .when = IF(is_by_page)},
			 {ESTIMATE_OF("cycles_per_line", of_each), FIGURE,
			  .when = IF(is_by_line)}),
	.valid = IF(cold_is_valid),
};

/* The number of classes that agree, among those that both have measured. */

GETTER(bool, is_compared, ablation_class_is_measured(at->data));
GETTER(bool, disagrees,
       is_compared(at) &&
	       !agrees(at->data, &UP(ablation_result)->prefix[at->i]));

static int64_t compared(const struct at *at)
{
	const struct ablation *a = ablation_of(at);
	enum opclass c;
	int64_t n = 0;

	for (c = 0; c < OPCLASSES; c++)
		n += ablation_class_is_measured(&a->classes[c]);
	return n;
}

static int64_t agreeing(const struct at *at)
{
	const struct ablation_result *r = at->data;
	const struct ablation_class *x;
	enum opclass c;
	int64_t n = 0;

	for (c = 0; c < OPCLASSES; c++) {
		x = &r->a->classes[c];
		n += ablation_class_is_measured(x) && agrees(x, &r->prefix[c]);
	}
	return n;
}

static struct elements classes(const struct at *at)
{
	const struct ablation *a = ablation_of(at);

	return (struct elements){a->classes, OPCLASSES, sizeof(a->classes[0])};
}

static const struct record disagreeing_record = {
	.fields = FIELDS({INDEX(NULL, opclass_name)}),
	.has = IF(disagrees),
};

static const struct record agreement_record = {
	.fields =
		FIELDS({WHOLE_OF("classes", compared)},
		       {WHOLE_OF("agreeing", agreeing)},
		       {ROWS_OF("disagreeing", classes, &disagreeing_record)}),
};

/* The whole, the sum over classes and what is left, as a loop has them. */

static double part_of(const struct estimate *part, const struct estimate *whole)
{
	return part->mean / whole->mean;
}

GETTER(double, looped_sum_share,
       part_of(&DATA(ablation)->looped.sum, &DATA(ablation)->looped.whole));
GETTER(double, looped_interaction_share,
       part_of(&DATA(ablation)->looped.interaction,
	       &DATA(ablation)->looped.whole));
GETTER(double, sum_share,
       part_of(&DATA(ablation)->sum, &DATA(ablation)->whole));
GETTER(double, interaction_share,
       part_of(&DATA(ablation)->interaction, &DATA(ablation)->whole));

GETTER(bool, is_looped, DATA(ablation)->warm.valid &&DATA(ablation)->m.loops.n);

static const struct record looped_record = {
	.fields = FIELDS(
		{MEMBER("whole_cycles", ablation, looped.whole), FIGURE},
		{MEMBER("sum_cycles", ablation, looped.sum), FIGURE},
		{MEMBER("interaction", ablation, looped.interaction), FIGURE},
		{REAL_OF("sum_share", looped_sum_share), FIGURE},
		{REAL_OF("interaction_share", looped_interaction_share),
		 FIGURE}),
	.valid = IF(is_looped),
};

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

GETTER(bool, all_are_valid, !refused(at->data));

static const char *why_refused(const struct at *at)
{
	const struct ablation_run *r = refused(at->data);

	return r ? r->why : NULL;
}

GETTER(int64_t, count_runs, 1 + DATA(ablation)->ncold_runs);

static int64_t count_refused(const struct at *at)
{
	const struct ablation *a = at->data;
	int64_t n = a->warm.tries;
	size_t i;

	for (i = 0; i < a->ncold_runs; i++)
		n += a->cold_runs[i].tries;
	return n - count_runs(at) + !!refused(a);
}

static const struct record whole_record = {
	.fields = FIELDS(
		{BOOL_OF("valid", all_are_valid)},
		{WORD_OF("why", why_refused)}, {WHOLE_OF("runs", count_runs)},
		{WHOLE_OF("runs_refused", count_refused)},
		{MEMBER("whole_cycles", ablation, whole), FIGURE},
		{MEMBER("sum_cycles", ablation, sum), FIGURE},
		{MEMBER("interaction", ablation, interaction), FIGURE},
		{REAL_OF("sum_share", sum_share), FIGURE},
		{REAL_OF("interaction_share", interaction_share), FIGURE},
		{OBJECT("back_to_back", &looped_record)},
		{ROWS("cold", ablation, cold, ncold, &cold_record)}),
	.valid = IS(ablation, warm.valid),
};

GETTER(bool, are_compared,
       DATA(ablation_result)->prefix &&DATA(ablation_result)->a->warm.valid);

const struct record report_ablation = {
	.fields = FIELDS({INLINE_TO(ablation_result, a, &whole_record)},
			 {ROWS_OF("classes", classes, &class_record)},
			 {OBJECT("agreement", &agreement_record),
			  .valid_if = IF(are_compared)}),
};

#define ESTIMATE(key) \
	" {" key ".mean:8.1f} [{" key ".ci_lo:7.1f}, {" key ".ci_hi:7.1f}]"

static const struct result_line class_lines[] = {
	{.text = "  {name:-22s} {ops:5d}"},
	{.when = "!without.possible", .text = "  not possible: {without.why}"},
	{.when = "without.possible !alone.possible",
	 .text = "  not possible: {alone.why}"},
	{.when = "without.possible alone.possible !?removed_cycles.mean",
	 .text = "  {without.ops} left without, {alone.ops} alone"},
	{.when = "?removed_cycles.mean",
	 .text = ESTIMATE("removed_cycles") " {share:6.1%} %"},
	{.when = "?removed_back_to_back.mean",
	 .text = ESTIMATE(
		 "removed_back_to_back") " {share_back_to_back:6.1%} %"},
	{.when = "?removed_cycles.mean", .text = ESTIMATE("alone_cycles")},
	{.when = "?removed_cycles.mean ?prefix_share.mean",
	 .text = " {prefix_share:6.1%} % [{prefix_share.ci_lo:.1%}, "
		 "{prefix_share.ci_hi:.1%}]  {agrees?agrees|DISAGREES}"},
	{.text = "\n"},
	{0}};

static const struct result_line class_row[] = {
	{.when = "ops", .rows = class_lines}, {0}};

static const struct result_line whole_lines[] = {
	{.text = "  sum                         " ESTIMATE(
		 "sum_cycles") " {sum_share:6.1%} %"},
	{.when = "?back_to_back.sum_cycles.mean",
	 .text = ESTIMATE(
		 "back_to_back.sum_cycles") " {back_to_back.sum_share:6.1%} %"},
	{.text = "\n  interaction                 " ESTIMATE(
		 "interaction") " {interaction_share:6.1%} %"},
	{.when = "?back_to_back.interaction.mean",
	 .text = ESTIMATE(
		 "back_to_back.interaction") " {back_to_back.interaction_share:6.1%} %"},
	{.text = "\n  whole                       " ESTIMATE(
		 "whole_cycles") "  100.0 %"},
	{.when = "?back_to_back.whole_cycles.mean",
	 .text = ESTIMATE("back_to_back.whole_cycles") "  100.0 %"},
	{.text = "\n"},
	{0}};

static const struct result_line cold_lines[] = {
	{.text = "  {state:-10s} {region:-14s} {lines:5d} {pages:5d}"},
	{.when = "why", .text = "  {why}"},
	{.when = "!why !?cycles.mean", .text = "  " WITHHELD},
	{.when = "?cycles.mean", .text = ESTIMATE("cycles")},
	{.when = "?cycles_per_line.mean", .text = " {cycles_per_line:10.1f}"},
	{.when = "?cycles_per_page.mean", .text = " {cycles_per_page:10.1f}"},
	{.text = "\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "ablation: core cycles that go with a class, and that it "
		 "takes alone; its share by prefixes\n"
		 "  class                    ops"
		 "     removed, isolated [95 %]    share"},
	{.when = "?back_to_back.whole_cycles.mean",
	 .text = " removed, back to back [95 %]    share"},
	{.text = "       alone, isolated [95 %]\n"},
	{.each = "classes", .rows = class_row},
	{.when = "?whole_cycles.mean", .rows = whole_lines},
	{.when = "!?whole_cycles.mean", .text = "  {why}\n"},
	{.when = "cold",
	 .text = "\n  cold       region         lines pages"
		 "           cycles more [95 %]       each\n"},
	{.each = "cold", .rows = cold_lines},
	{0}};

void ablation_text(const struct result *result)
{
	result_print(result, "ablation", lines, stdout);
}
