// SPDX-License-Identifier: GPL-2.0
#include "kinds_report.h"

#include <stdio.h>

#include "report.h"

static const char *shape_name(enum kind_shape shape)
{
	static const char *const names[] = {
		[KIND_SERIAL] = "serial",
		[KIND_STORES] = "serial, ends in a store",
		[KIND_FENCES] = "serial, but for one beside a fence",
		[KIND_OVERLAPS] = "overlaps",
	};

	return names[shape];
}

static json_t *row_json(const struct kind_finding *f, bool valid)
{
	bool serial = kind_is_serial(f->kind);
	json_t *counts = json_array(), *cycles = json_array();
	unsigned int i;

	for (i = 0; i < KIND_COUNTS; i++) {
		json_array_append_new(counts, json_integer(kind_counts[i]));
		json_array_append_new(cycles,
				      valid ? json_real(f->cycles[i].mean)
					    : json_null());
	}
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"name", f->kind->name, "shape", shape_name(f->kind->shape),
		"counts", counts, "cycles", cycles, "slope",
		valid ? json_real(f->slope) : json_null(), "off_by",
		valid ? json_real(f->off) : json_null(), "allowed",
		valid ? json_real(f->allowed) : json_null(), "in_proportion",
		valid && serial ? json_boolean(f->in_proportion) : json_null(),
		"pedestal_slope", report_estimate(&f->pedestal, valid),
		"independent",
		valid ? json_boolean(f->independent) : json_null(),
		"back_to_back",
		report_estimate(&f->back_to_back,
				valid && f->back_to_back.lo ==
						 f->back_to_back.lo));
}

json_t *kinds_report_json(const struct kind_study *s)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < s->n; i++)
		json_array_append_new(list, row_json(&s->list[i], s->valid));
	return list;
}

static void put_row(const struct kind_finding *f)
{
	bool looped = !kind_is_serial(f->kind);
	unsigned int i;

	printf("  %-22s", f->kind->name);
	for (i = 0; i < KIND_COUNTS; i++)
		printf(" %7.1f", f->cycles[i].mean);
	if (looped)
		printf("  %7s", "-");
	else
		printf("  %+7.1f", f->off);
	printf(" %+9.4f", f->pedestal.mean);
	if (looped && f->back_to_back.lo == f->back_to_back.lo)
		printf(" %9.2f", f->back_to_back.mean);
	else
		printf(" %9s", "-");
	if (!f->independent)
		printf("  CHANGES WITH THE PEDESTAL");
	if (!looped && !f->in_proportion)
		printf("  NOT IN PROPORTION: off by more than %.1f",
		       f->allowed);
	putchar('\n');
}

void kinds_report_text(const struct kind_study *s, const char *ring)
{
	unsigned int i;

	printf("Kinds of work in %s, core cycles of so many operations, "
	       "isolated\n",
	       ring);
	if (!s->valid) {
		printf("  withheld: %s\n", s->why);
		return;
	}
	printf("  %-22s", "");
	for (i = 0; i < KIND_COUNTS; i++)
		printf(" %7u", kind_counts[i]);
	printf("  %7s %9s %9s\n", "off by", "pedestal", "in a loop");
	for (i = 0; i < s->n; i++)
		put_row(&s->list[i]);
	printf("  %u of %u are seen whole. Off by: from so many times one, where "
	       "operations are\n  serial. Pedestal: the largest change with each "
	       "cycle of it, at any place. In a loop:\n  one operation back to "
	       "back, where a core may overlap them.\n",
	       s->n - s->failed, s->n);
}
