// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/layout.h"
#include "feed.h"
#include "states.h"
#include "tracebuild.h"
#include "tracefile.h"

/* The model is fed with sequences in text; the expected accesses are by hand. */

#define PAGE  4096u
#define DATA  0x100000u
#define CODE  0x900000u
#define RW    (MODEL_READ | MODEL_WRITE)
#define FETCH MODEL_FETCH

struct fed {
	struct sequence s;
	struct verified v;
	struct swc_program program;
	struct swc_caps caps;
	uint64_t region[SWC_MAX_REGIONS];
};

/* Regions one after the other from DATA on, without headroom. */
static void prepare(struct fed *f, const char *text)
{
	uint64_t at = DATA;
	uint32_t i;

	sequence_from(&f->s, text);
	f->program = sequence_program(&f->s);
	f->caps = caps_all();
	if (!verify(&f->v, &f->program, &f->caps))
		fail_msg("%s: refused, %u", text, f->v.error.code);
	for (i = 0; i < f->program.nregions; i++) {
		f->region[i] = at;
		at += f->program.regions[i].pages * PAGE;
	}
}

static void release(struct fed *f)
{
	verified_free(&f->v);
	sequence_free(&f->s);
}

static void check_list(const struct feed *feed,
		       const struct model_access *expected, size_t n)
{
	size_t i;

	for (i = 0; i < feed->n && i < n; i++) {
		if (memcmp(&feed->list[i], &expected[i], sizeof(*expected)))
			fail_msg("access %zu: %#lx, %u bytes, flags %#x, "
				 "not %#lx, %u, %#x",
				 i, (unsigned long)feed->list[i].address,
				 feed->list[i].bytes, feed->list[i].flags,
				 (unsigned long)expected[i].address,
				 expected[i].bytes, expected[i].flags);
	}
	assert_int_equal(feed->n, n);
}

static void check_plan(const char *text, const struct model_access *expected,
		       size_t n)
{
	struct feed feed = {0};
	struct error err = {0};
	struct fed f;

	prepare(&f, text);
	assert_int_equal(feed_plan(&feed, &f.v.proof, f.region, CODE, &err), 0);
	check_list(&feed, expected, n);
	feed_free(&feed);
	release(&f);
}

#define CHECK_PLAN(text, ...)                                            \
	do {                                                             \
		static const struct model_access list[] = {__VA_ARGS__}; \
		check_plan(text, list, ARRAY_SIZE(list));                \
	} while (0)

static void test_accesses(void **state)
{
	(void)state;
	CHECK_PLAN("region a 2; load a+8 4; store a+0x1000 8; rmw a+16 8;"
		   "lock cmpxchg a+24 8; nop 4; chain 3",
		   {DATA + 8, 4, MODEL_READ}, {DATA + PAGE, 8, MODEL_WRITE},
		   {DATA + 16, 8, RW}, {DATA + 24, 8, RW});
	CHECK_PLAN(
		"region a 1; region b 1; entry b+0x800; push; call; ret; pop;"
		"load a+0 8",
		{DATA + PAGE + 0x7f8, 8, MODEL_WRITE},
		{DATA + PAGE + 0x7f0, 8, MODEL_WRITE},
		{DATA + PAGE + 0x7f0, 8, MODEL_READ},
		{DATA + PAGE + 0x7f8, 8, MODEL_READ}, {DATA, 8, MODEL_READ});
}

static void test_kinds(void **state)
{
	(void)state;
	CHECK_PLAN(
		"region a 1; clflush a+64; prefetch a+128; nt store a+192 8 src=rcx;"
		"invlpg a+0",
		{DATA + 64, 1, MODEL_FLUSH}, {DATA + 128, 1, MODEL_READ},
		{DATA + 192, 8, MODEL_STREAM}, {DATA, 1, MODEL_INVLPG});
}

/* A line is fetched when it isn't that of the operation before. */
static void test_code(void **state)
{
	struct feed feed = {0};
	struct error err = {0};
	struct fed f;

	(void)state;
	CHECK_PLAN("region a 1; load a+0 8 code=0.3; nop 1 code=0.3; nop 1;"
		   "nop 1 code=0.4; load a+8 8 code=2.0; nop 1 code=0.4",
		   {CODE + 3 * 64, 64, FETCH}, {DATA, 8, MODEL_READ},
		   {CODE + 4 * 64, 64, FETCH}, {CODE + 2 * PAGE, 64, FETCH},
		   {DATA + 8, 8, MODEL_READ}, {CODE + 4 * 64, 64, FETCH});
	prepare(&f, "nop 1 code=0.3; nop 1; nop 1 code=0.3");
	assert_int_equal(feed_plan(&feed, &f.v.proof, f.region, CODE, &err), 0);
	assert_int_equal(feed.ops, 3);
	assert_int_equal(feed.ops_of_code, 2);
	feed_free(&feed);
	release(&f);
}

static void check_state(const char *text, const char *states,
			const struct model_access *expected, size_t n)
{
	struct geometry g = {0};
	struct states asked = {0};
	struct feed feed = {0};
	struct error err = {0};
	struct swc_state made;
	char list[256], *name, *rest = NULL;
	struct fed f;

	g.cache[GEOMETRY_L1D].bytes = g.cache[GEOMETRY_L2].bytes = 1 << 20;
	prepare(&f, text);
	strcpy(list, states);
	for (name = strtok_r(list, " ", &rest); name;
	     name = strtok_r(NULL, " ", &rest))
		assert_int_equal(states_add(&asked, name, &err), 0);
	assert_int_equal(states_resolve(&asked, &f.s, &g, &made, &err), 0);
	assert_int_equal(
		feed_state(&feed, &f.v.proof, f.region, CODE, &made, &err), 0);
	check_list(&feed, expected, n);
	feed_free(&feed);
	release(&f);
}

#define CHECK_STATE(text, states, ...)                                   \
	do {                                                             \
		static const struct model_access list[] = {__VA_ARGS__}; \
		check_state(text, states, list, ARRAY_SIZE(list));       \
	} while (0)

/* A state concerns only lines that are touched, and only of the regions named. */
static void test_states(void **state)
{
	static const char text[] =
		"region a 2; region b 1; load a+0x1080 8 code=0.1;"
		"store b+60 8; load b+0 8 code=1.2";

	(void)state;
	check_state(text, "warm", NULL, 0);
	CHECK_STATE(text, "cold-l1d", {DATA + PAGE + 128, 64, MODEL_TO_L2},
		    {DATA + 2 * PAGE, 64, MODEL_TO_L2},
		    {DATA + 2 * PAGE + 64, 64, MODEL_TO_L2});
	CHECK_STATE(text, "cold-l2:b cold-all:a",
		    {DATA + PAGE + 128, 64, MODEL_TO_MEM},
		    {DATA + 2 * PAGE, 64, MODEL_TO_L3},
		    {DATA + 2 * PAGE + 64, 64, MODEL_TO_L3});
	CHECK_STATE(text, "cold-dtlb", {DATA + PAGE, 1, MODEL_INVLPG},
		    {DATA + 2 * PAGE, 1, MODEL_INVLPG});
	CHECK_STATE(text, "cold-dtlb:a cold-l1d:a",
		    {DATA + PAGE, 1, MODEL_INVLPG},
		    {DATA + PAGE + 128, 64, MODEL_TO_L2});
	CHECK_STATE(text, "cold-code", {CODE + 64, 64, MODEL_TO_MEM},
		    {CODE + PAGE + 128, 64, MODEL_TO_MEM});
	CHECK_STATE(text, "cold-itlb", {CODE + 64, 1, MODEL_INVLPG},
		    {CODE + PAGE + 128, 1, MODEL_INVLPG});
}

#define MAIN  0x400000u
#define STACK 0x7f0000u

static void must(int rc, const struct error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

static void add_step(struct trace_builder *b, uint64_t address, uint8_t length)
{
	static const uint8_t bytes[TRACE_MAX_INSN] = {0x90};
	struct error err = {0};
	uint32_t index;

	must(trace_builder_insn(b, address, bytes, length, "main", &index,
				&err),
	     &err);
	must(trace_builder_step(b, index, STACK + 0x800, 0, &err), &err);
}

/* Two variants: the second's accesses begin where the first's end. */
static void build(struct trace_builder *b)
{
	struct error err = {0};
	uint16_t region;
	int variant;

	must(trace_builder_region(b, STACK, STACK + PAGE, TRACE_REGION_STACK,
				  "stack", &region, &err),
	     &err);
	for (variant = 0; variant < 3; variant++) {
		must(trace_builder_begin(b, &err), &err);
		add_step(b, MAIN + 60, 4);
		must(trace_builder_access(b, STACK + 8, 8, TRACE_ACCESS_READ,
					  region, &err),
		     &err);
		if (variant == 2) {
			add_step(b, MAIN + 64, 2);
			add_step(b, MAIN + 126, 4);
			must(trace_builder_access(b, STACK + 64, 16,
						  TRACE_ACCESS_READ |
							  TRACE_ACCESS_WRITE,
						  region, &err),
			     &err);
			must(trace_builder_access(b, STACK + 16, 4,
						  TRACE_ACCESS_WRITE, region,
						  &err),
			     &err);
		}
		must(trace_builder_end(b, &err), &err);
	}
}

static void test_trace(void **state)
{
	static const struct model_access first[] = {{MAIN, 64, FETCH},
						    {STACK + 8, 8, MODEL_READ}};
	static const struct model_access second[] = {
		{MAIN, 64, FETCH},	{STACK + 8, 8, MODEL_READ},
		{MAIN + 64, 64, FETCH}, {MAIN + 128, 64, FETCH},
		{STACK + 64, 16, RW},	{STACK + 16, 4, MODEL_WRITE}};
	struct trace_builder *b = trace_builder_new();
	struct error err = {0};
	struct feed feed = {0};
	struct trace trace;
	char path[64];

	(void)state;
	assert_non_null(b);
	snprintf(path, sizeof(path), "/tmp/test_feed.%d", getpid());
	build(b);
	must(trace_builder_write(b, path, &err), &err);
	trace_builder_free(b);
	must(trace_open(&trace, path, &err), &err);
	unlink(path);
	assert_int_equal(trace.nvariants, 2);
	must(feed_trace(&feed, &trace, &trace.variants[0], &err), &err);
	check_list(&feed, first, ARRAY_SIZE(first));
	feed_free(&feed);
	must(feed_trace(&feed, &trace, &trace.variants[1], &err), &err);
	check_list(&feed, second, ARRAY_SIZE(second));
	assert_int_equal(feed.ops, 3);
	assert_int_equal(feed.ops_of_code, 3);
	feed_free(&feed);
	trace_close(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accesses), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_code),	 cmocka_unit_test(test_states),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
