// SPDX-License-Identifier: GPL-2.0
#include "sample_report.h"

#include <stdio.h>
#include <string.h>

#include "report.h"
#include "resulttext.h"

static const struct record name_record = {.fields = FIELDS({VALUE(char *)})};

static const struct record stack_record = {
	.fields = FIELDS({MEMBER("samples", watch_stack, samples)},
			 {MEMBER("kind", watch_stack, kind)},
			 {MEMBER("kernel", watch_stack, kernel)},
			 {ROWS("stack", watch_stack, names, n, &name_record)}),
};

/* The share of the samples that are of one kind. */
static double share_of(const struct watch *w, const char *kind)
{
	uint64_t all = 0, its = 0;
	size_t i;

	for (i = 0; i < w->nstacks; i++) {
		all += w->stacks[i].samples;
		if (!strcmp(w->stacks[i].kind, kind))
			its += w->stacks[i].samples;
	}
	return (double)its / (double)all;
}

GETTER(double, share_c, share_of(DATA(watch), "c"));
GETTER(double, share_path, share_of(DATA(watch), "path"));
GETTER(double, share_go, share_of(DATA(watch), "go"));
GETTER(double, share_runtime, share_of(DATA(watch), "runtime"));
GETTER(double, share_outside, share_of(DATA(watch), "outside"));

static const struct record shares_record = {
	.fields = FIELDS({REAL_OF("c", share_c)}, {REAL_OF("path", share_path)},
			 {REAL_OF("go", share_go)},
			 {REAL_OF("runtime", share_runtime)},
			 {REAL_OF("outside", share_outside)}),
};

GETTER(int64_t, rate, DATA(watch)->options->rate);

static const struct record found_record = {
	.fields = FIELDS(
		{MEMBER("program", watch, program)},
		{MEMBER("go", watch, version), KNOWN},
		{MEMBER("calls", watch, calls)},
		{MEMBER("seconds", watch, seconds)},
		{MEMBER("cpu_seconds", watch, cpu_seconds)},
		{MEMBER("event", watch, event)}, {WHOLE_OF("rate", rate)},
		{MEMBER("samples", watch, samples)},
		{MEMBER("lost", watch, lost_total)},
		{OBJECT("time", &shares_record)},
		{ROWS("stacks", watch, stacks, nstacks, &stack_record)}),
};

const struct record sample_record = {
	.fields = FIELDS({INLINE_TO(watch_result, watch, &found_record)},
			 {OBJECT_AT("provenance", watch_result, machine,
				    &report_machine)}),
};

static const struct result_line lines[] = {
	{.text = "{program}, {go}: {samples} samples ({event}) in "
		 "{seconds:.2f} s, {lost} lost; {calls} calls to C\n"
		 "CPU time: in C {time.c:.1%} %, on the way {time.path:.1%} %, "
		 "Go {time.go:.1%} %, runtime {time.runtime:.1%} %, outside "
		 "{time.outside:.1%} %\n"},
	{0}};

/* Stacks that are shown; files have all of them. */
#define SHOWN 12

void sample_text(const void *data, const struct result *result)
{
	const struct watch *w = ((const struct watch_result *)data)->watch;
	size_t i, k;

	result_print(result, "", lines, stdout);
	for (i = 0; i < w->nstacks && i < SHOWN; i++) {
		const struct watch_stack *s = &w->stacks[i];

		printf("%6.2f %%  %-7s",
		       100 * (double)s->samples / (double)w->samples, s->kind);
		/* The innermost say most. */
		for (k = s->n > 4 ? s->n - 4 : 0; k < s->n; k++)
			printf(" %s%s", s->names[k], k + 1 < s->n ? " >" : "");
		printf("%s\n", s->kernel ? " > [kernel]" : "");
	}
}
