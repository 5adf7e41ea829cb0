// SPDX-License-Identifier: GPL-2.0
#include "tlb_report.h"

#include <stdio.h>

#include "resulttext.h"

#define BAR 40 /* characters of the longest bar */

/* Core cycles, where the run has found how long one is. */
static struct estimate cycles(const struct estimate *ticks,
			      const struct diagnosis *d)
{
	return (struct estimate){
		.mean = ticks->mean * d->core_per_tsc,
		.lo = ticks->lo * d->core_per_tsc,
		.hi = ticks->hi * d->core_per_tsc,
	};
}

GETTER(const struct tlb_finding *, finding_of, at->up->data);
GETTER(int64_t, level_number, at->i + 1);
GETTER(struct estimate, miss_cycles,
       cycles(&DATA(tlbsize_level)->extra, finding_of(at)->d));
GETTER(bool, knows_cycles, finding_of(at)->d->passed);
GETTER(bool, is_judged,
       DATA(tlbsize_level)->found &&DATA(tlbsize_level)->reported);
GETTER(bool, is_not_found, !DATA(tlbsize_level)->found);

static const char *why_not_found(const struct at *at)
{
	const struct tlbsize_level *l = at->data;
	const struct tlb_finding *f = finding_of(at);

	return f->valid ? l->why : f->why;
}

static const struct record level_record = {
	.fields = FIELDS({WHOLE_OF("level", level_number)},
			 {MEAN("entries", tlbsize_level, entries), FIGURE},
			 {INTERVAL("ci", tlbsize_level, entries), FIGURE},
			 {MEMBER("miss_ticks", tlbsize_level, extra),
			  .when = IS(tlbsize_level, found)},
			 {ESTIMATE_OF("miss_cycles", miss_cycles),
			  .valid_if = IF(knows_cycles),
			  .when = IS(tlbsize_level, found)},
			 {MEMBER("reported", tlbsize_level, reported), KNOWN},
			 {MEMBER("agrees", tlbsize_level, agrees),
			  .valid_if = IF(is_judged)},
			 {WORD_OF("why", why_not_found),
			  .when = IF(is_not_found)}),
	.valid = IS(tlbsize_level, found),
};

GETTER(double, ticks_at, finding_of(at)->size.ticks[at->i]);

static const struct record place_record = {
	.fields = FIELDS({.key = "pages", VALUE(double)},
			 {REAL_OF("ticks", ticks_at)}),
};

const struct record report_tlb = {
	.fields = FIELDS(
		{MEMBER("occupied", tlb_finding, size.occupied)},
		{ROWS_ALL("levels", tlb_finding, size.levels, &level_record)},
		{ROWS("curve", tlb_finding, size.others, size.n, &place_record)},
		{MEMBER("why", tlb_finding, why)},
		{MEMBER("kept", tlb_finding, kept), KNOWN},
		{MEMBER("kept_earlier", tlb_finding, kept_earlier)},
		{MEMBER("kept_why", tlb_finding, kept_why)}),
};

static const struct result_line found_lines[] = {
	{.text = "  level {level}: {entries:.0f} entries [{ci.0:.0f}, "
		 "{ci.1:.0f}], "},
	{.when = "reported",
	 .text = "CPUID reports {reported}"
		 "{agrees?|, which is not in there}; "},
	{.when = "!reported", .text = "CPUID doesn't report any; "},
	{.when = "?miss_cycles.mean",
	 .text = "a miss costs {miss_cycles.mean:.1f} cycles "
		 "[{miss_cycles.ci_lo:.1f}, {miss_cycles.ci_hi:.1f}] more\n"},
	{.when = "!?miss_cycles.mean",
	 .text = "a miss costs {miss_ticks.mean:.1f} ticks "
		 "[{miss_ticks.ci_lo:.1f}, {miss_ticks.ci_hi:.1f}] more\n"},
	{0}};

static const struct result_line level_lines[] = {
	{.when = "?entries", .rows = found_lines},
	{.when = "!?entries", .text = "  level {level}: {why}\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "\nData TLBs by timing, 4 KiB pages"},
	{.when = "occupied", .text = ", {occupied} pages kept in use besides"},
	{.text = "\n"},
	{.when = "why", .text = "  {why}\n"},
	{.when = "!why", .each = "levels", .rows = level_lines},
	{.when = "!why kept",
	 .text = "  kept for the model, states and evict: {kept}\n"},
	{.when = "!why kept kept_earlier",
	 .text = "  (there the larger number of an earlier run stays: a busy thread of the same core takes entries. Remove the file to forget it)\n"},
	{.when = "!why !kept", .text = "  not kept: {kept_why}\n"},
	{0}};

/* Every other place: the eye needs no more. */
static void put_curve(const struct tlbsize *t)
{
	double low = t->ticks[0], high = t->ticks[0];
	size_t i;

	for (i = 0; i < t->n; i++) {
		low = t->ticks[i] < low ? t->ticks[i] : low;
		high = t->ticks[i] > high ? t->ticks[i] : high;
	}
	printf("  other pages, ticks of a load and its frame after them\n");
	for (i = 0; i < t->n && high > low; i += 2)
		printf("  %6.0f %7.1f %.*s\n", t->others[i], t->ticks[i],
		       (int)(BAR * (t->ticks[i] - low) / (high - low)) + 1,
		       "#########################################");
}

void tlb_text(const struct tlb_finding *f, const struct result *result)
{
	result_print(result, "tlb", lines, stdout);
	if (f->valid)
		put_curve(&f->size);
}
