// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>

#include "fake.h"
#include "helper.h"
#include "kindstudy.h"
#include "selftest.h"

/*
 * Frames that see every operation, and frames that hide some cycles of a replay's
 * end or start, as the table of kinds has to find out. A core is planted: what one
 * operation of each kind takes, by its name.
 */

/* A frame hides a part of this work: a pedestal after it waits for registers, ... */
enum hides {
	HIDES_NOTHING,
	HIDES_END, /* of what feeds no register: the pedestal runs beside it */
	HIDES_START, /* of what waits for none: it runs beside the pedestal */
};

static struct {
	enum hides hides;
	double constant; /* of the frame, of any work */
	uint32_t hidden; /* cycles at most; the pedestal hides no more either */
	double step;
	double neighbour; /* makes all but additions so much dearer, now and then */
	unsigned int rounds;
} world;

/* Rounds that a neighbour stays, and stays away. */
#define STAYS 400u

bool machine_is_emulated(const struct machine *machine)
{
	(void)machine;
	return false;
}

void machine_describe(struct machine *machine)
{
	*machine = (struct machine){.cpu = "planted"};
}

static double cost_of(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_CHAIN:
		return op->imm;
	case SWC_OP_MARK:
	case SWC_OP_NOP:
	case SWC_OP_IMM:
		return 0;
	case SWC_OP_RMW:
	case SWC_OP_CMPXCHG:
	case SWC_OP_XADD:
	case SWC_OP_XCHG:
		return op->flags & SWC_OPF_LOCK ? 20 : 7;
	case SWC_OP_LOAD:
	case SWC_OP_ALULOAD:
		return 5;
	case SWC_OP_DIV:
		return 15;
	default:
		return 3;
	}
}

/* Work that a frame of this kind hides: in memory, or at an address of its own. */
static bool can_hide(const struct sequence *s)
{
	const struct swc_op *op =
		world.hides == HIDES_END ? &s->ops[s->nops - 1] : &s->ops[0];

	if (world.hides == HIDES_END)
		return op->kind == SWC_OP_RMW || op->kind == SWC_OP_CMPXCHG ||
		       op->kind == SWC_OP_IMM;
	return op->kind == SWC_OP_LOAD && op->base == SWC_REG_NONE;
}

static struct backend *open_fake(uint32_t samples, struct error *err)
{
	struct backend *b = fake_new(samples, 11);

	(void)err;
	b->plant.noise = 3;
	b->plant.step = world.step;
	return b;
}

static int load_fake(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	double cycles = 0, hidden = fmin(world.hidden, pedestal);
	bool slow = world.rounds / STAYS % 2;
	size_t i;

	(void)state;
	(void)err;
	for (i = 0; i < s->nops; i++)
		cycles += cost_of(&s->ops[i]) *
			  (s->ops[i].kind != SWC_OP_CHAIN && slow
				   ? 1 + world.neighbour
				   : 1);
	if (cycles)
		cycles += world.constant;
	if (world.hides != HIDES_NOTHING && can_hide(s))
		cycles = fmax(0, cycles - hidden);
	/* The first is a control, with the round's own pedestal. */
	if (!b->plant.narms) {
		b->plant.pedestal = pedestal;
		world.rounds++;
	}
	b->plant.cycles[b->plant.narms++] =
		cycles + pedestal - b->plant.pedestal;
	return 0;
}

static const struct backend_ops fake = {FAKE_OPS(open_fake, load_fake)};

static void study(struct kind_study *s)
{
	struct measure_options o = {
		.backend = &fake,
		.isolation = -1,
		.samples = 800,
	};
	struct error err = {0};

	kind_study_free(s);
	if (kind_study(&o, s, &err))
		fail_msg("%s", err.text);
}

static const struct kind_finding *row(const struct kind_study *s,
				      const char *name)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (!strcmp(s->list[i].kind->name, name))
			return &s->list[i];
	}
	fail_msg("no kind %s", name);
	return NULL;
}

static void test_whole(void **state)
{
	static struct kind_study s;
	const struct kind_finding *f;

	(void)state;
	world.hides = HIDES_NOTHING;
	for (world.constant = -3; world.constant <= 3; world.constant += 3) {
		study(&s);
		assert_true(s.valid);
		assert_int_equal(s.failed, 0);
		f = row(&s, "lock rmw");
		assert_true(f->in_proportion && f->independent);
		assert_float_equal(f->slope, 20, 0.1);
		assert_float_equal(f->cycles[0].mean, 20, 0.7);
		assert_true(isnan(f->back_to_back.mean));
	}
	world.constant = 0;
	world.step = 26;
	study(&s);
	assert_true(s.valid);
	assert_int_equal(s.failed, 0);
	world.step = 0;
}

/*
 * A neighbour slows the core down for a while, in both halves of a comparison: in one
 * half alone it would look like a figure that changes with the pedestal.
 */
static void test_neighbour(void **state)
{
	static struct kind_study s;
	const struct kind_finding *f;

	(void)state;
	world.neighbour = 0.15;
	study(&s);
	world.neighbour = 0;
	f = row(&s, "lock rmw");
	assert_true(f->cycles[KIND_COUNTS - 1].hi -
			    f->cycles[KIND_COUNTS - 1].lo >
		    5);
	assert_true(f->independent);
	assert_int_equal(s.failed, 0);
}

/* Each run's own self-test refuses, or the table shows it: never neither. */
static void test_hidden(void **state)
{
	static const uint32_t hidden[] = {5, 20, 90};
	static struct kind_study s;
	enum hides h;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		for (h = HIDES_END; h <= HIDES_START; h++) {
			world.hides = h;
			world.hidden = hidden[i];
			study(&s);
			if (h == HIDES_END)
				assert_false(s.valid);
			assert_true(!s.valid || s.failed ||
				    hidden[i] < SELFTEST_CONSTANT);
		}
	}
	world.hides = HIDES_NOTHING;
}

/* So many cycles each, and @constant besides, with some noise; the pedestal does nothing. */
static void put_series(struct block_series series[KIND_SERIES], double each,
		       double constant)
{
	double noise;
	size_t i, b;

	memset(series, 0, KIND_SERIES * sizeof(*series));
	for (i = 0; i < KIND_LOOP; i++) {
		series[i].n = 40;
		for (b = 0; b < 40; b++) {
			noise = b % 2 ? 0.25 : -0.25;
			series[i].values[b] = i < KIND_COUNTS
						      ? each * kind_counts[i] +
								constant + noise
						      : noise;
		}
	}
}

/* A row by itself: what is off, and by how much it may be. */
static void test_find(void **state)
{
	struct block_series series[KIND_SERIES];
	unsigned int n;
	const struct kind *table = kinds(&n);
	struct kind_finding f;

	(void)state;
	put_series(series, 5, -2);
	kind_find(&f, &table[KIND_LOADS], series);
	assert_true(f.in_proportion);
	assert_true(f.independent);
	assert_true(isnan(f.back_to_back.mean));
	assert_float_equal(f.slope, 5, 1e-6);
	assert_float_equal(f.off, -2, 1e-6);
	put_series(series, 5, 10);
	kind_find(&f, &table[KIND_LOADS], series);
	assert_false(f.in_proportion);
	assert_float_equal(f.off, 10, 1e-6);
	/* An operation's time more. */
	kind_find(&f, &table[KIND_LOCKED], series);
	assert_true(f.in_proportion);
	series[2].n = 0;
	kind_find(&f, &table[KIND_LOCKED], series);
	assert_false(f.in_proportion);
}

static const struct kind *find_kind(const char *name)
{
	unsigned int n, i;
	const struct kind *table = kinds(&n);

	for (i = 0; i < n && strcmp(table[i].name, name); i++)
		;
	assert_true(i < n);
	return &table[i];
}

/* Each takes longer where queues are full; up to there nothing may be hidden. */
static void test_queues(void **state)
{
	const struct kind *moves = find_kind("vput, vget");
	struct block_series series[KIND_SERIES];
	struct kind_finding f;
	size_t b;

	(void)state;
	put_series(series, 6, -2);
	for (b = 0; b < 40; b++)
		series[KIND_COUNTS - 1].values[b] += 11;
	kind_find(&f, moves, series);
	assert_true(f.in_proportion);
	assert_float_equal(f.slope, 6, 1e-6);
	kind_find(&f, find_kind("load"), series);
	assert_false(f.in_proportion);
	for (b = 0; b < 40; b++)
		series[KIND_COUNTS - 2].values[b] += 20;
	kind_find(&f, moves, series);
	assert_false(f.in_proportion);
}

/* Three cycles of the pedestal's 120 aren't many, and are too many. */
static void test_pedestal(void **state)
{
	struct block_series series[KIND_SERIES];
	unsigned int n;
	const struct kind *table = kinds(&n);
	struct kind_finding f;
	size_t b, at = KIND_COUNTS + KIND_VARIANTS - 1;

	(void)state;
	put_series(series, 5, 0);
	for (b = 0; b < 40; b++)
		series[at].values[b] -= 3;
	kind_find(&f, &table[KIND_LOADS], series);
	assert_false(f.independent);
	assert_float_equal(f.pedestal.mean, -3.0 / KIND_PEDESTAL_MORE, 1e-6);
	assert_float_equal(f.pedestals[KIND_VARIANTS - 1], f.pedestal.mean,
			   1e-12);
	assert_float_equal(f.pedestals[0], 0, 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),  cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_hidden), cmocka_unit_test(test_find),
		cmocka_unit_test(test_queues), cmocka_unit_test(test_pedestal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
