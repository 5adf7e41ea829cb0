// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lowered.h"
#include "seqtext.h"
#include "tracebuild.h"
#include "tracefile.h"

const struct planted planted_ret = {.length = 1,
				    .bytes = {0xc3},
				    .rsp = ENTRY,
				    .accesses = {{ENTRY, 8, R, IN_STACK}}};

static void add_regions(struct trace_builder *b, struct error *err)
{
	static const struct {
		uint64_t start;
		enum trace_region_kind kind;
		const char *name;
	} regions[REGIONS] = {
		{STACK, TRACE_REGION_GSTACK, "gstack"},
		{G0STACK, TRACE_REGION_G0STACK, "g0stack"},
		{HEAP, TRACE_REGION_HEAP, "heap"},
		{TLS, TRACE_REGION_TLS, "tls"},
	};
	uint16_t index;
	int i;

	for (i = 0; i < REGIONS; i++) {
		assert_int_equal(trace_builder_region(b, regions[i].start,
						      regions[i].start + 0x2000,
						      regions[i].kind,
						      regions[i].name, &index,
						      err),
				 0);
		assert_int_equal(index, i);
	}
}

static uint64_t address_of(const struct planted *p, int i)
{
	int other = (p->flags & 0x7f00) >> 8;

	if (p->flags & 0x8000)
		return CODE + 16 * (other - 1);
	return other ? CODE + 16 * (other - 1) + 5 : CODE + 16 * i;
}

static void add_step(struct trace_builder *b, uint64_t address,
		     const struct planted *p, struct error *err)
{
	uint32_t index;
	int i;

	trace_builder_insn(b, address, p->bytes, p->length, "planted", &index,
			   err);
	trace_builder_step(b, index, p->rsp, p->flags & 0xff, err);
	for (i = 0; i < 2 && p->accesses[i].size; i++)
		trace_builder_access(b, p->accesses[i].address,
				     p->accesses[i].size, p->accesses[i].flags,
				     p->accesses[i].region, err);
}

/* Between two calls the program has fetched the lines of all steps, by address. */
static void add_working(struct trace_builder *b, const struct planted *steps,
			struct error *err)
{
	uint64_t last = CODE;
	uint16_t region;
	int i;

	for (i = 0; steps[i].length; i++)
		if (address_of(&steps[i], i) > last)
			last = address_of(&steps[i], i);
	trace_builder_region(b, CODE, CODE + 0x1000, TRACE_REGION_TEXT, "text",
			     &region, err);
	for (i = 0; CODE + TRACE_LINE_BYTES * i <= last; i++)
		trace_builder_touched(
			b,
			&(struct trace_touched){
				.address = CODE + TRACE_LINE_BYTES * i,
				.region = region,
				.flags = TRACE_TOUCHED_CODE,
			},
			err);
	trace_builder_meta(b, "working_part", "all", err);
	trace_builder_meta(b, "working_steps", "1", err);
}

/* Keeps the trace for whoever wants small ones, as scripts/fuzz does. */
static void keep(struct trace_builder *b, struct error *err)
{
	const char *folder = getenv(PLANTED_KEEP);
	static unsigned int kept;
	char path[256];

	if (!folder)
		return;
	snprintf(path, sizeof(path), "%s/%s-%u.trace", folder,
		 program_invocation_short_name, kept++);
	trace_builder_write(b, path, err);
}

static int lower(struct lowered *l, const struct planted *steps,
		 bool touch_only, struct error *why)
{
	const struct lower_options options = {.touch_only = touch_only,
					      .details = &l->details};
	struct trace_builder *b = trace_builder_new();
	struct error err = {0};
	struct swc_caps caps;
	int fd, i;

	memset(&l->details, 0, sizeof(l->details));
	strcpy(l->path, "/tmp/switchcost-lower-XXXXXX");
	fd = mkstemp(l->path);
	assert_true(fd >= 0);
	close(fd);
	add_regions(b, &err);
	trace_builder_begin(b, &err);
	for (i = 0; steps[i].length; i++)
		add_step(b, address_of(&steps[i], i), &steps[i], &err);
	trace_builder_end(b, &err);
	add_working(b, steps, &err);
	trace_builder_write(b, l->path, &err);
	keep(b, &err);
	assert_string_equal(err.text, "");
	trace_builder_free(b);

	swc_caps_probe(&caps);
	if (trace_open(&l->trace, l->path, &err))
		fail_msg("%s", err.text);
	return lower_variant_as(&l->trace, &l->trace.variants[0], &caps,
				&options, &l->sequence, &l->lowering, why);
}

void planted_lower(struct lowered *l, const struct planted *steps,
		   bool touch_only)
{
	struct error err = {0};

	if (lower(l, steps, touch_only, &err))
		fail_msg("%s", err.text);
}

void planted_refused(struct lowered *l, const struct planted *steps,
		     const char *why)
{
	struct error err = {0};

	assert_int_equal(lower(l, steps, false, &err), -1);
	if (!strstr(err.text, why))
		fail_msg("%s", err.text);
	trace_close(&l->trace);
	unlink(l->path);
}

/* The deviations of the steps add up to those of the whole. */
static void check_details(const struct lowered *l)
{
	enum lower_deviation d;
	long sum;
	uint32_t i;

	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		for (sum = 0, i = 0; i <= l->details.nsteps; i++)
			sum += l->details.count[i][d];
		assert_int_equal(sum, l->lowering.count[d]);
	}
}

void planted_done(struct lowered *l)
{
	check_details(l);
	lower_details_free(&l->details);
	sequence_free(&l->sequence);
	trace_close(&l->trace);
	unlink(l->path);
}

const char *planted_text(const struct lowered *l, size_t i)
{
	static char line[256];
	char *code;

	seqtext_line(&l->sequence, &l->sequence.ops[i], line, sizeof(line));
	code = strstr(line, " code=");
	if (code)
		*code = '\0';
	return line;
}

void planted_texts(const struct lowered *l, const char *const *expected,
		   size_t n)
{
	size_t i;

	assert_int_equal(l->sequence.nops, n);
	for (i = 0; i < n; i++)
		assert_string_equal(planted_text(l, i), expected[i]);
}
