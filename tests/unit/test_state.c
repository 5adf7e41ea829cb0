// SPDX-License-Identifier: GPL-2.0
#include "engine/state.h"

#include <stdio.h>

#include "helper.h"
#include "preparation.h"

/* How each kind of state is prepared, as text, and what is refused. */

/* An address as a person would name it. */
static void print_place(FILE *f, const struct built *b, __u64 address)
{
	const struct swc_program *p = b->v.proof.program;
	__u64 bare = address;
	__u32 i;

	if (address >= BUFFER && address < PAGES) {
		fprintf(f, " buffer+%#llx", address - BUFFER);
		return;
	}
	if (address >= (__u64)ALIAS)
		bare -= ALIAS;
	for (i = 0; i < p->nregions; i++) {
		if (bare >= b->region[i] &&
		    bare < b->region[i] + p->regions[i].pages * 4096ull) {
			fprintf(f, " %c%s+%#llx", 'a' + i,
				bare == address ? "" : "'",
				bare - b->region[i]);
			return;
		}
	}
	fprintf(f, " %#llx", address);
}

static void print_step(FILE *f, const struct built *b,
		       const struct swc_step *step)
{
	static const char *const names[] = {
		[SWC_STEP_SWEEP] = "sweep",   [SWC_STEP_CALL] = "call",
		[SWC_STEP_TOUCH] = "touch",   [SWC_STEP_FLUSH] = "flush",
		[SWC_STEP_INVLPG] = "invlpg",
	};
	__u32 i;

	fprintf(f, "%s", names[step->kind]);
	for (i = 0; step->list && i < step->count; i++)
		print_place(f, b, step->list[i]);
	if (!step->list)
		fprintf(f, " %s %u*%llu",
			step->base == BUFFER	   ? "buffer"
			: step->base == PAGES	   ? "pages"
			: step->base == CODE_PAGES ? "code"
						   : "?",
			step->count, step->stride);
	fprintf(f, "; ");
}

#define THREE_LINES \
	"region a 2; region b 1; load a+0; load a+0x1080; store b+0x40"

struct prepared {
	struct swc_state state;
	enum ring ring;
	const char *steps;
};

#define A	   {{1}}
#define B	   {{2}}
#define BOTH	   {{3}}
#define L1D_SWEEP  "sweep buffer 2*64; sweep buffer 2*64; "
#define L2_SWEEP   "sweep buffer 4*64; "
#define PAGE_SWEEP "sweep pages 100*4096; "

static void check_steps(const char *text, const struct prepared *wanted)
{
	struct swc_evictors evictors = evictors_of(wanted->ring);
	struct swc_state state = wanted->state;
	struct swc_program program;
	char steps[8192] = "";
	struct sequence s;
	struct built b;
	__u32 i;
	FILE *f;

	sizes(&state);
	sequence_from(&s, text);
	program = sequence_program(&s);
	build_with(&b, &program, &state, &evictors);
	if (b.rc)
		fail_msg("%s: %s", wanted->steps, swc_error_text(b.rc));
	f = fmemopen(steps, sizeof(steps), "w");
	for (i = 0; i < b.preparation->nsteps; i++)
		print_step(f, &b, &b.preparation->steps[i]);
	fclose(f);
	assert_string_equal(steps, wanted->steps);
	built_free(&b);
	sequence_free(&s);
}

static void test_ring3(void **state)
{
	static const struct prepared list[] = {
		{{.flags = 0}, RING3, ""},
		{{.l1d = BOTH},
		 RING3,
		 L1D_SWEEP "touch a+0x80 a+0x1000 b+0x80; "},
		{{.l1d = A}, RING3, L1D_SWEEP "touch a+0x80 a+0x1000 b+0x40; "},
		{{.l2 = A}, RING3, L2_SWEEP "touch a+0x80 a+0x1000 b+0x40; "},
		{{.l2 = A, .l1d = B},
		 RING3,
		 L2_SWEEP "touch b+0x40; " L1D_SWEEP
			  "touch a+0x80 a+0x1000 b+0x80; "},
		{{.memory = A}, RING3, "flush a+0 a+0x1080; "},
		{{.memory = A, .l1d = B},
		 RING3,
		 L1D_SWEEP
		 "touch a+0x80 a+0x1000 b+0x80; flush a+0 a+0x1080; "},
		{{.dtlb = A}, RING3, PAGE_SWEEP "touch a'+0 a'+0x1080 b+0x40; "},
		{{.dtlb = BOTH, .memory = A},
		 RING3,
		 PAGE_SWEEP "touch b'+0x40; flush a'+0 a'+0x1080; "},
		{{.dtlb = BOTH, .l2 = BOTH}, RING3, L2_SWEEP PAGE_SWEEP},
		/* Then all is warm again, by its own translation. */
		{{.dtlb = BOTH, .l2 = BOTH, .flags = SWC_STATE_RESTORED},
		 RING3,
		 L2_SWEEP PAGE_SWEEP "touch a+0 a+0x1080 b+0x40; "},
		{{.memory = A, .flags = SWC_STATE_RESTORED},
		 RING3,
		 "flush a+0 a+0x1080; touch a+0 a+0x1080 b+0x40; "},
		{{.flags = SWC_STATE_COLD_ITLB},
		 RING3,
		 "call code 50*4096; touch a+0 a+0x1080 b+0x40; "},
		{{.flags = SWC_STATE_COLD_CODE},
		 RING3,
		 "flush 0x70000fc0 0x70001000; touch a+0 a+0x1080 b+0x40; "},
		{{.flags = SWC_STATE_COLD_CODE, .memory = B, .dtlb = A},
		 RING3,
		 "flush 0x70000fc0 0x70001000; " PAGE_SWEEP
		 "touch a'+0 a'+0x1080 b+0x80; flush b+0x40; "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list); i++)
		check_steps(THREE_LINES, &list[i]);
}

static void test_ring0(void **state)
{
	static const struct prepared list[] = {
		{{.dtlb = A}, RING0, "invlpg a+0 a+0x1000; "},
		{{.dtlb = A, .memory = B},
		 RING0,
		 "flush b+0x40; invlpg a+0 a+0x1000; "},
		{{.dtlb = A, .flags = SWC_STATE_RESTORED},
		 RING0,
		 "invlpg a+0 a+0x1000; touch a+0 a+0x1080 b+0x40; "},
		/* The flush needs the translation, so that goes last. */
		{{.dtlb = A, .memory = A},
		 RING0,
		 "flush a+0 a+0x1080; invlpg a+0 a+0x1000; "},
		{{.dtlb = A, .l1d = B},
		 RING0,
		 L1D_SWEEP "touch a+0 a+0x1080 b+0x80; invlpg a+0 a+0x1000; "},
		{{.flags = SWC_STATE_COLD_ITLB},
		 RING0,
		 "invlpg 0x70000000 0x70001000; "},
		{{.l2 = B}, RING0, L2_SWEEP "touch a+0 a+0x1080 b+0x80; "},
		/* Twice the ways of the one set that b+0x40, colour 1, is in. */
		{{.l2 = B},
		 RING0_COLOURS,
		 "touch buffer+0x1040 buffer+0x3040 buffer+0x5040 "
		 "buffer+0x7040; touch a+0 a+0x1080 b+0x80; "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list); i++)
		check_steps(THREE_LINES, &list[i]);
}

/*
 * Lines that only fill gaps in the code aren't made cold: a sequence never
 * needs them.
 */
static void test_gaps(void **state)
{
	static const struct {
		__u64 lines[2];
		struct prepared prepared;
	} list[] = {
		{{1ull << 63, 1},
		 {{.flags = SWC_STATE_COLD_ITLB},
		  RING0,
		  "invlpg 0x70000000 0x70001000; "}},
		{{1ull << 63, 0},
		 {{.flags = SWC_STATE_COLD_ITLB}, RING0, "invlpg 0x70000000; "}},
		{{0, 1},
		 {{.flags = SWC_STATE_COLD_ITLB}, RING0, "invlpg 0x70001000; "}},
		{{0, 1},
		 {{.flags = SWC_STATE_COLD_CODE},
		  RING0,
		  "flush 0x70001000; touch a+0 a+0x1080 b+0x40; "}},
		{{1ull << 63, 0},
		 {{.flags = SWC_STATE_COLD_CODE},
		  RING3,
		  "flush 0x70000fc0; touch a+0 a+0x1080 b+0x40; "}},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		code_lines = list[i].lines;
		check_steps(THREE_LINES, &list[i].prepared);
	}
	code_lines = NULL;
}

/* Lines brought back must not bring back their pair. */
static void test_spare(void **state)
{
	const struct prepared pairs = {
		{.l1d = A}, RING3, L1D_SWEEP "touch a+0x140; "};
	const struct prepared odd = {
		{.l1d = A}, RING3, L1D_SWEEP "touch a+0x80; "};
	const struct prepared full = {{.l1d = A}, RING3, L1D_SWEEP};
	char text[8192] = "region a 1";
	size_t used = strlen(text);
	int i;

	(void)state;
	check_steps("region a 1; load a+0x40", &odd);
	/* Lines 0 to 4, and line 8 + n of each pair else: no pair is free. */
	for (i = 0; i < 64; i++) {
		if (i < 5 || !(i & 1))
			used += sprintf(text + used, "; load a+%d", i * 64);
	}
	check_steps(text, &pairs);
	for (i = 0; i < 64; i++)
		used += sprintf(text + used, "; load a+%d", i * 64);
	check_steps(text, &full);
}

static __u32 code_of(const struct swc_state *state,
		     const struct swc_evictors *evictors)
{
	struct swc_program program;
	struct sequence s;
	struct built b;

	sequence_from(&s, THREE_LINES);
	program = sequence_program(&s);
	build_with(&b, &program, state, evictors);
	if (b.rc && b.rc != SWC_ERR_TIME)
		assert_int_equal(b.preparation->nsteps, 0);
	built_free(&b);
	sequence_free(&s);
	return b.rc;
}

static void test_refused(void **state)
{
	static const struct {
		struct swc_state state;
		__u32 error;
	} list[] = {
		{{.l1d = A, .l2 = A, .l1d_bytes = 64, .l2_bytes = 64},
		 SWC_ERR_STATE},
		{{.l1d = A, .memory = BOTH, .l1d_bytes = 64}, SWC_ERR_STATE},
		{{.l2 = B, .memory = B, .l2_bytes = 64}, SWC_ERR_STATE},
		{{.l1d = {{4}}}, SWC_ERR_REGION},
		{{.l2 = {{0, 0, 0, 1ull << 63}}}, SWC_ERR_REGION},
		{{.memory = {{0, 1}}}, SWC_ERR_REGION},
		{{.dtlb = {{4}}}, SWC_ERR_REGION},
		{{.flags = SWC_STATE_FLAGS + 1}, SWC_ERR_RESERVED},
		{{.flags = 0x80000000}, SWC_ERR_RESERVED},
		{{.ntouches = 1}, SWC_ERR_RESERVED},
		{{.touches = 1}, SWC_ERR_RESERVED},
		{{.l1d = A, .l1d_bytes = SWC_MAX_SWEEP_BYTES + 1},
		 SWC_ERR_STATE},
		{{.l2 = A, .l2_bytes = 0xffffffff}, SWC_ERR_STATE},
		{{.l1d = A}, SWC_ERR_STATE}, /* no size */
		{{.l1d = A, .l1d_bytes = 63}, SWC_ERR_STATE},
		{{.l2 = A}, SWC_ERR_STATE},
		{{.l2_ways = 1}, SWC_ERR_STATE},
		{{.l2_way_bytes = 4096}, SWC_ERR_STATE},
		{{.l2_ways = 1, .l2_way_bytes = 2048}, SWC_ERR_STATE},
		{{.l2_ways = 1, .l2_way_bytes = 12288}, SWC_ERR_STATE},
		{{.l2_ways = 65, .l2_way_bytes = 4096}, SWC_ERR_STATE},
		{{.l2_ways = 1, .l2_way_bytes = 2 << 20}, SWC_ERR_STATE},
		{{.l2_ways = 64, .l2_way_bytes = 1 << 20}, SWC_ERR_STATE},
		{{.dtlb = A, .memory = B}, SWC_OK},
		{{.l2_ways = 32, .l2_way_bytes = 1 << 20}, SWC_OK},
	};
	struct swc_evictors evictors = evictors_of(RING3);
	__u32 rc;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		rc = code_of(&list[i].state, &evictors);
		if (rc != list[i].error)
			fail_msg("state %zu: %s", i, swc_error_text(rc));
	}
}

/* A backend lacks an evictor. */
static void test_no_evictors(void **state)
{
	struct swc_state l1d = {.l1d = A}, l2 = {.l2 = A}, dtlb = {.dtlb = A},
			 itlb = {.flags = SWC_STATE_COLD_ITLB},
			 memory = {.memory = A};
	struct swc_evictors none = {.buffer = 0}, e;

	(void)state;
	sizes(&l1d);
	sizes(&l2);
	assert_int_equal(code_of(&l1d, &none), SWC_ERR_STATE);
	assert_int_equal(code_of(&l2, &none), SWC_ERR_STATE);
	assert_int_equal(code_of(&dtlb, &none), SWC_ERR_STATE);
	assert_int_equal(code_of(&itlb, &none), SWC_ERR_STATE);
	assert_int_equal(code_of(&memory, &none), SWC_OK);
	e = evictors_of(RING3);
	e.alias = 0; /* lines couldn't be reached without their translation */
	assert_int_equal(code_of(&dtlb, &e), SWC_ERR_STATE);
	e = evictors_of(RING3);
	e.pages = 0;
	assert_int_equal(code_of(&dtlb, &e), SWC_ERR_STATE);
	/* Colours are of no use without the geometry, nor is that without. */
	l2.l2_bytes = 0;
	e = evictors_of(RING0);
	assert_int_equal(code_of(&l2, &e), SWC_ERR_STATE);
	e = evictors_of(RING0_COLOURS);
	assert_int_equal(code_of(&l2, &e), SWC_OK);
	l2.l2_ways = l2.l2_way_bytes = 0;
	assert_int_equal(code_of(&l2, &e), SWC_ERR_STATE);
	none.invlpg = true;
	assert_int_equal(code_of(&dtlb, &none), SWC_OK);
	assert_int_equal(code_of(&itlb, &none), SWC_OK);
}

/* A large page of code that others share has no translation of its own. */
static void test_shared_code(void **state)
{
	struct swc_state dtlb = {.dtlb = A},
			 code = {.flags = SWC_STATE_COLD_CODE},
			 itlb = {.flags = SWC_STATE_COLD_ITLB};
	struct swc_evictors e = evictors_of(RING0);

	(void)state;
	e.shared_code = true;
	assert_int_equal(code_of(&dtlb, &e), SWC_OK);
	assert_int_equal(code_of(&code, &e), SWC_OK);
	assert_int_equal(code_of(&itlb, &e), SWC_ERR_CODE_PAGES);
	itlb.flags |= SWC_STATE_COLD_CODE;
	assert_int_equal(code_of(&itlb, &e), SWC_ERR_CODE_PAGES);
}

/* More lines to evict set by set than there is time for: refused, no overrun. */
static void test_too_many_sets(void **state)
{
	struct swc_evictors evictors = evictors_of(RING0_COLOURS);
	struct swc_state cold = {
		.l2 = A, .l2_ways = 64, .l2_way_bytes = 1 << 16};
	char text[32 * 256] = "region a 3";
	size_t used = strlen(text);
	struct swc_program program;
	struct sequence s;
	struct built b;
	int i;

	(void)state;
	for (i = 0; i < 128; i++) /* 128 lines times 128 reads: just possible */
		used += sprintf(text + used, "; load a+%d", i * 64);
	sequence_from(&s, text);
	program = sequence_program(&s);
	build_with(&b, &program, &cold, &evictors);
	assert_int_equal(b.rc, SWC_OK);
	built_free(&b);
	sequence_free(&s);
	sprintf(text + used, "; load a+%d", i * 64);
	sequence_from(&s, text);
	program = sequence_program(&s);
	build_with(&b, &program, &cold, &evictors);
	assert_int_equal(b.rc, SWC_ERR_TIME);
	built_free(&b);
	sequence_free(&s);
}

static void test_buffer_bytes(void **state)
{
	struct swc_state s = {.flags = 0};

	(void)state;
	sizes(&s);
	assert_int_equal(swc_state_buffer_bytes(&s, false), 0);
	s.l1d.bits[0] = 1;
	assert_int_equal(swc_state_buffer_bytes(&s, false), L1D_BYTES);
	s.l2.bits[3] = 1;
	assert_int_equal(swc_state_buffer_bytes(&s, false), L2_BYTES);
	assert_int_equal(swc_state_buffer_bytes(&s, true),
			 2 * L2_WAYS * L2_WAY);
	s.l2_ways = 0;
	assert_int_equal(swc_state_buffer_bytes(&s, true), L2_BYTES);
	s.l1d_bytes = 2 * L2_BYTES;
	assert_int_equal(swc_state_buffer_bytes(&s, false), 2 * L2_BYTES);
}

static void test_is_warm(void **state)
{
	struct swc_region_set *sets[4];
	struct swc_state s;
	size_t i, word;

	(void)state;
	sets[0] = &s.l1d;
	sets[1] = &s.l2;
	sets[2] = &s.memory;
	sets[3] = &s.dtlb;
	s = (struct swc_state){.l1d_bytes = 1};
	assert_true(swc_state_is_warm(&s));
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		for (word = 0; word < ARRAY_SIZE(s.l1d.bits); word++) {
			s = (struct swc_state){.flags = 0};
			sets[i]->bits[word] = 1ull << 63;
			assert_false(swc_state_is_warm(&s));
		}
	}
	s = (struct swc_state){.flags = SWC_STATE_COLD_CODE};
	assert_false(swc_state_is_warm(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring3),
		cmocka_unit_test(test_ring0),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_spare),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_evictors),
		cmocka_unit_test(test_shared_code),
		cmocka_unit_test(test_too_many_sets),
		cmocka_unit_test(test_buffer_bytes),
		cmocka_unit_test(test_is_warm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
