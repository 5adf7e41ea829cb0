// SPDX-License-Identifier: GPL-2.0
#include "measure.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "helper.h"

/*
 * A measurement from a backend that knows the truth: it returns samples of
 * planted cost, noise and disturbances instead of replaying anything. A
 * sequence costs what its chains say; the rest comes from @world.
 */

#define COLD_CYCLES 20.0 /* what an operation costs more in a cold state */

static struct {
	bool emulated;
	double ticks_per_cycle;
	double noise;
	double step;
	double cold;	  /* cycles more for each operation, if cold */
	double null_bias; /* cycles that the null arm costs */
	double chain_bias; /* cycles that the chain of the self-test costs more */
	double drift;	   /* relative change of the clock in each round */
	unsigned int dropped_in_100;
	unsigned int fail_load; /* number of the load, from 1, that fails */
	unsigned int fail_run;
	bool fail_open;
} world;

/* The backend's doings, for the tests to look at. */
static struct {
	int open;
	int loaded;
	unsigned int loads;
	unsigned int runs;
	unsigned int placed;
	uint64_t places; /* a sum of the seeds that arms were placed by, in their order */
} seen;

void machine_describe(struct machine *machine)
{
	*machine = (struct machine){.cpu = "planted"};
	strcpy(machine->hypervisor, world.emulated ? "TCGTCGTCGTCG" : "none");
}

bool machine_is_emulated(const struct machine *machine)
{
	return !strcmp(machine->hypervisor, "TCGTCGTCGTCG");
}

static struct backend *open_fake(uint32_t samples, struct error *err)
{
	if (world.fail_open) {
		error_set(err, EXIT_IMPOSSIBLE, "planted: open");
		return NULL;
	}
	seen.open++;
	return fake_new(samples, 99);
}

static void unload_fake(struct backend *b)
{
	fake_unload(b);
	seen.loaded = 0;
}

static void close_fake(struct backend *b)
{
	assert_int_equal(seen.loaded, 0);
	fake_free(b);
	seen.open--;
}

static void place_fake(struct backend *b, uint64_t seed)
{
	(void)b;
	assert_int_equal(seen.loaded, 0);
	seen.placed++;
	seen.places = 31 * seen.places + seed;
}

static int load_fake(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	unsigned int arm = b->plant.narms;
	double cycles = 0;
	size_t i;

	b->plant.pedestal = pedestal;
	if (++seen.loads == world.fail_load)
		return error_set(err, EXIT_IMPOSSIBLE, "planted: load");
	for (i = 0; i < s->nops; i++) {
		cycles += s->ops[i].kind == SWC_OP_CHAIN ? s->ops[i].imm : 0;
		/* The control, too, is in the state, but has nothing cold. */
		if (state && s->ops[i].kind != SWC_OP_MARK)
			cycles += world.cold;
	}
	if (arm == ARM_NULL)
		cycles += world.null_bias;
	if (arm == ARM_CHAIN_CHECK)
		cycles += world.chain_bias;
	b->plant.cycles[arm] = cycles;
	b->plant.narms++;
	seen.loaded++;
	return 0;
}

static int run_fake(struct backend *b, struct backend_run *run,
		    struct error *err)
{
	uint32_t i;

	if (++seen.runs == world.fail_run)
		return error_set(err, EXIT_USAGE, "planted: run");
	assert_true(run->seed);
	b->plant.ticks_per_cycle =
		world.ticks_per_cycle * (1 + world.drift * seen.runs);
	b->plant.noise = world.noise;
	b->plant.step = world.step;
	fake_run(b, run, err);
	for (i = 0; i < run->samples; i++) {
		if (gsl_rng_uniform_int(b->plant.rng, 100) <
		    world.dropped_in_100) {
			b->samples[i].flags = SWC_SAMPLE_SWITCHED;
			b->samples[i].ticks += 100000;
		}
	}
	run->windows = 1;
	run->replays = 3 * run->samples;
	return 0;
}

static const struct backend_ops fake = {
	.name = "fake",
	.isolation = SWC_ISOLATION_NONE,
	.isolations = SWC_CAP_ISOLATION(SWC_ISOLATION_NONE),
	.open = open_fake,
	.close = close_fake,
	.place = place_fake,
	.load = load_fake,
	.unload = unload_fake,
	.run = run_fake,
};

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	memset(&seen, 0, sizeof(seen));
	world.ticks_per_cycle = 0.7;
	world.noise = 2;
	world.cold = COLD_CYCLES;
	return 0;
}

/* Nothing of the backend stays, however a measurement ended. */
static int tear_down(void **state)
{
	(void)state;
	return seen.open || seen.loaded;
}

static struct measure_options options_of(uint32_t samples)
{
	return (struct measure_options){
		.backend = &fake,
		.cpu = 0,
		.isolation = -1,
		.samples = samples,
	};
}

static void run_of(const char *const *texts, size_t n,
		   const struct measure_options *o, struct measurement *m)
{
	static struct sequence sequences[4];
	struct measure_subject subjects[4] = {{.sequence = NULL}};
	struct error err = {0};
	size_t i;

	for (i = 0; i < n; i++) {
		sequence_from(&sequences[i], texts[i]);
		subjects[i].sequence = &sequences[i];
	}
	if (measure(subjects, n, o, m, &err))
		fail_msg("%s", err.text);
	for (i = 0; i < n; i++)
		sequence_free(&sequences[i]);
}

static const char *const chains[] = {"chain 50", "chain 30", "chain 200"};

/* Within the interval, and that isn't endless; 1 of 20 may miss by chance. */
static void check_estimate(const struct estimate *e, double truth,
			   double half_width)
{
	double slack = e->hi - e->lo;

	assert_true(e->lo <= e->mean && e->mean <= e->hi);
	assert_true(e->lo - slack <= truth && truth <= e->hi + slack);
	assert_true(slack / 2 <= half_width);
}

static void check_chains(void)
{
	struct measure_options o = options_of(20000);
	struct estimate ticks, cycles;
	struct measurement m;

	run_of(chains, 3, &o, &m);
	if (!m.valid)
		fail_msg("%s", m.why);
	assert_string_equal(m.why, "");
	assert_int_equal(m.nsubjects, 3);
	check_estimate(&m.subjects[0].cycles, 50, 1);
	check_estimate(&m.subjects[1].cycles, 30, 1);
	check_estimate(&m.subjects[2].cycles, 200, 3);
	check_estimate(&m.subjects[0].ticks, 50 * world.ticks_per_cycle, 1);
	assert_int_equal(m.subjects[0].counts.ops, 1);
	measurement_difference(&m, 0, 1, &ticks, &cycles);
	check_estimate(&cycles, 20, 1);
	check_estimate(&ticks, 20 * world.ticks_per_cycle, 1);
	measurement_difference(&m, 1, 2, &ticks, &cycles);
	check_estimate(&cycles, -170, 3);
	measurement_difference(&m, 1, 1, &ticks, &cycles);
	/* Nothing is left of the samples, only what the instrument adds. */
	assert_true(cycles.mean == 0 && cycles.hi > 0 &&
		    cycles.hi <= 2 * (SYSTEMATIC_CYCLES + m.subjects[1].rest));
	assert_int_equal(m.stopped_by, STOPPED_BY_SAMPLES);
	assert_in_range(m.subjects[0].samples, 15000, 25000);
	measurement_free(&m);
}

/* Accesses alone have no cycles, whatever else is measured. */
static void test_touch_only(void **state)
{
	static const char *const texts[] = {"chain 50", "touch-only; chain 30"};
	struct measure_options o = options_of(5000);
	struct measurement m;

	(void)state;
	run_of(texts, 1, &o, &m);
	assert_true(m.valid);
	measurement_free(&m);
	run_of(texts, 2, &o, &m);
	assert_false(m.valid);
	assert_non_null(strstr(m.why, "touch-only"));
	measurement_free(&m);
}

static void test_truth(void **state)
{
	(void)state;
	check_chains();
}

static void test_step(void **state)
{
	(void)state;
	world.step = 26;
	check_chains();
}

/* How often an interval must hold the truth: 95 of 100, give or take 3 sigma. */
static void test_coverage(void **state)
{
	struct measure_options o = options_of(2000);
	int i, covered = 0, null = 0, valid = 0;
	struct measurement m;

	(void)state;
	for (i = 0; i < 60; i++) {
		/* The plant is seeded alike each time: shift it. */
		world.noise = 2 + i * 0.01;
		run_of((const char *const[]){"chain 50", "mark \"x\""}, 2, &o,
		       &m);
		covered += m.subjects[0].cycles.lo <= 50 &&
			   50 <= m.subjects[0].cycles.hi;
		null += m.subjects[1].cycles.lo <= 0 &&
			0 <= m.subjects[1].cycles.hi;
		valid += m.valid;
		measurement_free(&m);
	}
	assert_in_range(covered, 52, 60);
	assert_in_range(null, 52, 60);
	assert_in_range(valid, 58, 60);
}

static void test_drops(void **state)
{
	struct measure_options o = options_of(20000);
	struct measurement m;

	(void)state;
	world.dropped_in_100 = 10;
	run_of(chains, 2, &o, &m);
	assert_true(m.valid);
	check_estimate(&m.subjects[0].cycles, 50, 1);
	assert_in_range(m.dropped, 20000 * m.arms.n * 0.09,
			20000 * m.arms.n * 0.11);
	assert_int_equal(m.dropped,
			 stats_dropped(m.stats, DROP_CONTEXT_SWITCH));
	assert_in_range(m.subjects[0].samples, 17000, 19000);
	measurement_free(&m);
}

/* A clock that slows down steadily, by a third in all. */
static void test_drift(void **state)
{
	struct measure_options o = options_of(20000);
	struct measurement m;

	(void)state;
	world.drift = 0.33 / 200;
	run_of(chains, 2, &o, &m);
	assert_true(m.valid);
	assert_int_equal(m.clock.pooling, STATS_BY_BLOCK);
	check_estimate(&m.subjects[0].cycles, 50, 1);
	measurement_free(&m);
}

static void test_target(void **state)
{
	struct measure_options o = options_of(0);
	struct measurement m;
	double half;

	(void)state;
	o.target_ci = 0.2;
	o.time_limit = 60;
	run_of(chains, 1, &o, &m);
	assert_true(m.valid);
	assert_int_equal(m.stopped_by, STOPPED_BY_TARGET);
	half = fmax(m.subjects[0].cycles.hi - m.subjects[0].cycles.mean,
		    m.subjects[0].cycles.mean - m.subjects[0].cycles.lo);
	assert_true(half <= 0.2);
	check_estimate(&m.subjects[0].cycles, 50, 0.2);
	measurement_free(&m);
	/* Reached by all of them, or not at all. */
	o.samples = 2000;
	o.target_ci = 0.0001;
	run_of(chains, 2, &o, &m);
	assert_int_equal(m.stopped_by, STOPPED_BY_SAMPLES);
	assert_true(m.valid);
	measurement_free(&m);
}

static void test_time_limit(void **state)
{
	struct measure_options o = options_of(0);
	struct measurement m;

	(void)state;
	o.target_ci = 0.0001;
	o.time_limit = 0.3;
	run_of(chains, 1, &o, &m);
	assert_int_equal(m.stopped_by, STOPPED_BY_TIME);
	assert_true(m.valid);
	check_estimate(&m.subjects[0].cycles, 50, 1);
	measurement_free(&m);
}

/* Few samples are either enough, or the reason says that they are too few. */
static void test_few_samples(void **state)
{
	static const uint32_t few[] = {200, 500, 1000, 2000};
	struct measure_options o;
	struct measurement m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(few); i++) {
		o = options_of(few[i]);
		run_of(chains, 1, &o, &m);
		if (!m.valid && !strstr(m.why, "few samples"))
			fail_msg("%u samples: %s", few[i], m.why);
		if (m.valid)
			check_estimate(&m.subjects[0].cycles, 50, 20);
		measurement_free(&m);
	}
	/* One round has no interval. */
	o = options_of(0);
	o.time_limit = 1e-9;
	run_of(chains, 1, &o, &m);
	assert_int_equal(stats_rounds(m.stats), 1);
	assert_false(m.valid);
	if (!strstr(m.why, "too few samples"))
		fail_msg("%s", m.why);
	measurement_free(&m);
}

static void check_withheld(const char *why)
{
	struct measure_options o = options_of(5000);
	struct measurement m;

	run_of(chains, 1, &o, &m);
	assert_false(m.valid);
	if (!strstr(m.why, why))
		fail_msg("%s", m.why);
	measurement_free(&m);
}

static void test_withheld(void **state)
{
	(void)state;
	world.emulated = true;
	check_withheld("emulated CPU (TCGTCGTCGTCG)");
	world.emulated = false;
	world.ticks_per_cycle = 0.05;
	check_withheld("dependent addition");
	world.ticks_per_cycle = 30;
	check_withheld("dependent addition");
	world.ticks_per_cycle = 0.7;
	world.null_bias = 2;
	check_withheld("self-test \"null\"");
	world.null_bias = 0;
	world.chain_bias = 2;
	check_withheld("self-test \"chain\"");
}

static void check_witness(double cold, bool passes)
{
	static const struct geometry geometry = {
		.cache[GEOMETRY_L1D] = {.bytes = 48 << 10},
		.cache[GEOMETRY_L2] = {.bytes = 2 << 20},
	};
	struct measure_options o = options_of(5000);
	struct error err = {0};
	struct measurement m;
	struct witness w;

	assert_int_equal(witness_make(&w, STATE_COLD_L2, &geometry, &err), 0);
	o.witnesses = &w;
	o.nwitnesses = 1;
	world.cold = cold;
	run_of(chains, 1, &o, &m);
	assert_int_equal(m.nwitnesses, 1);
	assert_int_equal(m.witnesses[0].passed, passes);
	check_estimate(&m.witnesses[0].extra, cold, 1);
	check_estimate(&m.witnesses[0].warm, 0, 1);
	assert_int_equal(m.valid, passes);
	if (!passes && !strstr(m.why, "state cold-l2 didn't come about"))
		fail_msg("%s", m.why);
	measurement_free(&m);
	witness_free(&w);
}

static void test_witness(void **state)
{
	(void)state;
	check_witness(COLD_CYCLES, true);
	check_witness(5, false);
	check_witness(0, false);
}

/* A backend that fails: its error comes out, and nothing is left of it. */
static void test_failures(void **state)
{
	struct measure_options o = options_of(20000);
	struct measure_subject subject = {.sequence = NULL};
	struct measurement m;
	struct error err;
	struct sequence s;
	unsigned int i;

	(void)state;
	sequence_from(&s, chains[0]);
	subject.sequence = &s;
	for (i = 0; i < 5; i++) {
		set_up(NULL);
		world.fail_open = i == 0;
		world.fail_load = i == 1 ? 1 : i == 2 ? 40 : 0;
		world.fail_run = i == 3 ? 1 : i == 4 ? 50 : 0;
		err = (struct error){0};
		assert_int_equal(measure(&subject, 1, &o, &m, &err), -1);
		assert_true(strstr(err.text, "planted") == err.text);
		assert_int_equal(err.code,
				 i < 3 ? EXIT_IMPOSSIBLE : EXIT_USAGE);
		assert_int_equal(seen.open, 0);
		assert_int_equal(seen.loaded, 0);
	}
	sequence_free(&s);
}

static void test_too_many(void **state)
{
	struct measure_options o = options_of(100);
	struct measure_subject subjects[SWC_MAX_ARMS];
	struct error err = {0};
	struct measurement m;
	struct sequence s;
	size_t i;

	(void)state;
	sequence_from(&s, chains[0]);
	for (i = 0; i < SWC_MAX_ARMS; i++)
		subjects[i] = (struct measure_subject){.sequence = &s};
	assert_int_equal(measure(subjects, SWC_MAX_ARMS, &o, &m, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	assert_int_equal(seen.runs, 0);
	sequence_free(&s);
}

/* All that a run takes is given back, also after failures. */
static void test_memory(void **state)
{
	struct measure_options o = options_of(500);
	struct measure_subject subject;
	struct error err = {0};
	struct measurement m;
	struct sequence s;
	size_t before = 0;
	int i;

	(void)state;
	sequence_from(&s, "region s 1; entry s+0x800; push; pop");
	subject = (struct measure_subject){.sequence = &s};
	for (i = 0; i < 36; i++) {
		set_up(NULL);
		world.fail_load = i % 3 == 1 ? 20 : 0;
		world.fail_run = i % 3 == 2 ? 20 : 0;
		if (!measure(&subject, 1, &o, &m, &err))
			measurement_free(&m);
		if (i == 5)
			before = mallinfo2().uordblks;
	}
	/* The allocator keeps some freed pieces, and counts them as used. */
	assert_true(mallinfo2().uordblks < before + 1024);
	sequence_free(&s);
}

static uint64_t places_by(uint64_t seed)
{
	struct measure_options o = options_of(2000);
	struct measurement m;

	set_up(NULL);
	o.seed = seed;
	run_of(chains, 1, &o, &m);
	assert_true(seen.placed > 1);
	measurement_free(&m);
	return seen.places;
}

/* Arms lie elsewhere in each round, and in the same places by the same seed. */
static void test_places(void **state)
{
	uint64_t first = places_by(77);

	(void)state;
	assert_int_equal(places_by(77), first);
	assert_int_not_equal(places_by(78), first);
	assert_int_not_equal(places_by(0), places_by(0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* As many as take three rounds, with 47 or so in each. */
#define TURNS 130

/* As many as fit into a round beside one sequence. */
#define FIT ((size_t)(SWC_MAX_ARMS - ARMS_FIXED - 1))

static double told;

static void tell(void *context, double done)
{
	assert_ptr_equal(context, &told);
	assert_true((done >= told || !done) && done <= 1);
	told = done;
}

static struct measure_subject turns[TURNS];
static struct sequence chain_of[TURNS];

static struct measure_options turning_options(uint32_t samples)
{
	struct measure_options o = options_of(samples);

	o.rotation = (struct measure_rotation){turns, TURNS};
	operator_attend((struct run_progress){tell, &told});
	return o;
}

static void make_turns(void)
{
	char text[32];
	size_t i;

	for (i = 0; i < TURNS; i++) {
		snprintf(text, sizeof(text), "chain %zu", i + 1);
		sequence_from(&chain_of[i], text);
		turns[i] = (struct measure_subject){.sequence = &chain_of[i]};
	}
}

static void free_turns(void)
{
	size_t i;

	for (i = 0; i < TURNS; i++)
		sequence_free(&chain_of[i]);
}

/*
 * Each must come out at its cost, in each block by itself, by the clock of that
 * block.
 */
static void check_turns(const struct measurement *m)
{
	double subjects[3], cycles[TURNS], sum[TURNS] = {0};
	size_t blocks = measurement_blocks(m), b, i;

	assert_int_equal(m->nrotating, TURNS);
	for (b = 0; b < blocks; b++) {
		assert_true(measurement_block(m, b, subjects, cycles));
		assert_true(m->nsubjects < 3 || fabs(subjects[2] - 200) < 15);
		for (i = 0; i < TURNS; i++)
			sum[i] += cycles[i];
	}
	for (i = 0; i < TURNS; i++) {
		if (fabs(sum[i] / blocks - (i + 1)) > 1.5)
			fail_msg("chain %zu was measured as %f", i + 1,
				 sum[i] / blocks);
	}
}

static void test_turns(void **state)
{
	struct measure_options o = turning_options(2000);
	struct measurement m;

	(void)state;
	make_turns();
	world.drift = 0.001;
	run_of(chains, 3, &o, &m);
	if (!m.valid)
		fail_msg("%s", m.why);
	check_estimate(&m.subjects[0].cycles, 50, 1);
	check_estimate(&m.subjects[2].cycles, 200, 3);
	assert_int_equal(stats_rounds(m.stats), 3 * measurement_blocks(&m));
	assert_in_range(measurement_blocks(&m), 24, 64);
	/* They are in each round, what takes turns in one of three. */
	assert_in_range(m.subjects[0].samples, 3 * 1900, 3 * 2200);
	for (unsigned int i = 0; i < TURNS; i++)
		assert_in_range(stats_kept(m.stats, m.arms.n + i), 1700, 2300);
	assert_true(told == 1);
	check_turns(&m);
	measurement_free(&m);
	free_turns();
}

/* Whenever the time is up, the last block is complete. */
static void test_turns_time(void **state)
{
	struct measure_options o = turning_options(0);
	struct measurement m;

	(void)state;
	make_turns();
	o.time_limit = 0.3;
	run_of(chains, 1, &o, &m);
	assert_int_equal(m.stopped_by, STOPPED_BY_TIME);
	assert_int_equal(stats_rounds(m.stats) % 3, 0);
	assert_true(measurement_blocks(&m) >= 1);
	check_turns(&m);
	measurement_free(&m);
	free_turns();
}

/*
 * Time that is up ends no run before there is enough of each to speak about; nor
 * does it wait for ever where all is lost.
 */
static void test_time_for_enough(void **state)
{
	struct measure_options o = turning_options(1000);
	struct measure_subject subject = {.sequence = &chain_of[0]};
	struct error err = {0};
	struct measurement m;

	(void)state;
	make_turns();
	o.time_limit = 1e-9;
	world.dropped_in_100 = 70; /* of 40 in each block */
	run_of(chains, 1, &o, &m);
	assert_int_equal(m.stopped_by, STOPPED_BY_TIME);
	assert_in_range(measurement_blocks(&m), 2, 8);
	for (unsigned int i = 0; i < TURNS; i++)
		assert_true(stats_kept(m.stats, m.arms.n + i) >= 20);
	measurement_free(&m);

	world.dropped_in_100 = 100;
	seen.runs = 0;
	assert_int_equal(measure(&subject, 1, &o, &m, &err), -1);
	assert_non_null(strstr(err.text, "only 0 usable samples"));
	assert_in_range(seen.runs, 2, 8 * 3);
	free_turns();
}

/* Fewer than fit, one more than fits, and none with room for it. */
static void test_turns_few(void **state)
{
	struct measure_subject many[SWC_MAX_ARMS];
	struct measure_options o = turning_options(400);
	double subjects[1], cycles[TURNS];
	struct error err = {0};
	struct measurement m;
	size_t n, i;

	(void)state;
	make_turns();
	for (n = FIT - 2; n <= FIT + 2; n++) {
		o.rotation.n = n;
		run_of(chains, 1, &o, &m);
		assert_int_equal(stats_rounds(m.stats) / measurement_blocks(&m),
				 n > SWC_MAX_ARMS - m.arms.n ? 2 : 1);
		assert_true(measurement_block(&m, 0, subjects, cycles));
		measurement_free(&m);
	}
	for (i = 0; i < SWC_MAX_ARMS; i++)
		many[i] = turns[0];
	assert_int_equal(measure(many, SWC_MAX_ARMS - ARMS_FIXED, &o, &m, &err),
			 -1);
	assert_non_null(strstr(err.text, "measure fewer"));
	free_turns();
}

static void test_turns_failures(void **state)
{
	struct measure_options o = turning_options(400);
	struct measure_subject subject = {.sequence = &chain_of[0]};
	struct error err = {0};
	struct measurement m;

	(void)state;
	make_turns();
	world.fail_load = 100; /* in the second round */
	assert_int_equal(measure(&subject, 1, &o, &m, &err), -1);
	assert_string_equal(err.text, "planted: load");
	err.text[0] = 0;
	seen.runs = 0;
	world.fail_run = 5;
	assert_int_equal(measure(&subject, 1, &o, &m, &err), -1);
	assert_string_equal(err.text, "planted: run");
	free_turns();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_touch_only),	TEST(test_truth),
		TEST(test_step),	TEST(test_coverage),
		TEST(test_drops),	TEST(test_drift),
		TEST(test_target),	TEST(test_time_limit),
		TEST(test_few_samples), TEST(test_withheld),
		TEST(test_witness),	TEST(test_failures),
		TEST(test_too_many),	TEST(test_memory),
		TEST(test_places),	TEST(test_turns),
		TEST(test_turns_time),	TEST(test_time_for_enough),
		TEST(test_turns_few),	TEST(test_turns_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
