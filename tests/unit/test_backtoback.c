// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "fake.h"
#include "helper.h"
#include "measure.h"

/*
 * A backend that knows what an iteration takes: the sequence's own cycles, and those of
 * each copy of the loop's instructions. Alone between fences a sequence takes
 * more, as nothing overlaps it.
 */
#define ALONE_MORE 30.0
#define LOOP	   2.5

static struct {
	unsigned int loops_loaded;
	bool loading_fails;
} world;

void machine_describe(struct machine *machine)
{
	*machine = (struct machine){.cpu = "planted"};
}

bool machine_is_emulated(const struct machine *machine)
{
	(void)machine;
	return false;
}

static double cost_of(const struct sequence *s)
{
	double cycles = 0;
	size_t i;

	for (i = 0; i < s->nops; i++)
		cycles += s->ops[i].kind == SWC_OP_CHAIN ? s->ops[i].imm : 0;
	return cycles;
}

static struct backend *open_fake(uint32_t samples, struct error *err)
{
	struct backend *b = fake_new(samples, 3);

	(void)err;
	b->plant.noise = 2;
	return b;
}

static int load_fake(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	(void)state;
	(void)err;
	b->plant.pedestal = pedestal;
	/* Sequences with named functions are subjects. */
	b->plant.cycles[b->plant.narms++] =
		cost_of(s) + (s->functions.n > 1 ? ALONE_MORE : 0);
	return 0;
}

static int load_loop_fake(struct backend *b, const struct sequence *s,
			  struct swc_loop *loop, struct error *err)
{
	if (world.loading_fails)
		return error_set(err, EXIT_IMPOSSIBLE, "planted: loop");
	if (loop->iterations > 200)
		loop->iterations = 200; /* all that a sample may hold */
	b->plant.pedestal = 0;
	b->plant.cycles[b->plant.narms++] =
		loop->iterations * (cost_of(s) + loop->copies * LOOP);
	world.loops_loaded++;
	return 0;
}

static const struct backend_ops fake = {FAKE_OPS(open_fake, load_fake),
					.load_loop = load_loop_fake};

static struct backend_ops loopless;

static int run(const struct backend_ops *ops, bool wanted,
	       struct measurement *m, struct error *err)
{
	struct measure_options o = {
		.backend = ops,
		.isolation = -1,
		.samples = 4000,
		.back_to_back = wanted,
	};
	struct measure_subject subjects[2] = {{.sequence = NULL}};
	struct sequence sequences[2];
	int rc, i;

	world.loops_loaded = 0;
	sequence_from(&sequences[0], "fn f; chain 90");
	sequence_from(&sequences[1], "fn g; chain 40");
	for (i = 0; i < 2; i++)
		subjects[i].sequence = &sequences[i];
	rc = measure(subjects, 2, &o, m, err);
	for (i = 0; i < 2; i++)
		sequence_free(&sequences[i]);
	return rc;
}

static void test_two_contexts(void **state)
{
	struct measurement m;
	struct error err = {0};
	struct estimate d;

	(void)state;
	assert_int_equal(run(&fake, true, &m, &err), 0);
	assert_true(m.valid);
	assert_int_equal(m.loops.iterations[0], 200);
	assert_float_equal(m.subjects[0].cycles.mean, 90 + ALONE_MORE, 0.5);
	assert_float_equal(m.subjects[0].back_to_back.mean, 90, 0.2);
	assert_float_equal(m.subjects[1].back_to_back.mean, 40, 0.2);
	assert_float_equal(m.subjects[0].loop.mean, LOOP, 0.2);
	assert_true(m.subjects[0].back_to_back.lo <= 90.1 &&
		    m.subjects[0].back_to_back.hi >= 89.9);
	d = measurement_loop_difference(&m, 0, 1);
	assert_float_equal(d.mean, 50, 0.2);
	/* The frame, and each loop once and twice, in each round. */
	assert_int_equal(world.loops_loaded, 5 * stats_rounds(m.stats));
	measurement_free(&m);
}

/* Nobody asked, or the backend has no loops: nothing is said about them. */
static void test_one_context(void **state)
{
	struct measurement m;
	struct error err = {0};

	(void)state;
	loopless = fake;
	loopless.load_loop = NULL;
	assert_int_equal(run(&loopless, true, &m, &err), 0);
	assert_int_equal(m.loops.n, 0);
	assert_true(m.valid && isnan(m.subjects[0].back_to_back.mean));
	measurement_free(&m);
	assert_int_equal(run(&fake, false, &m, &err), 0);
	assert_int_equal(m.loops.n, 0);
	assert_int_equal(world.loops_loaded, 0);
	measurement_free(&m);
}

static void test_failure(void **state)
{
	struct measurement m;
	struct error err = {0};

	(void)state;
	world.loading_fails = true;
	assert_int_equal(run(&fake, true, &m, &err), -1);
	assert_string_equal(err.text, "planted: loop");
	world.loading_fails = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_contexts),
		cmocka_unit_test(test_one_context),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
