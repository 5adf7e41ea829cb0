// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "elapsed.h"
#include "helper.h"

/*
 * The loop with a source whose samples are known, and with a clock that goes on only
 * when the source says so.
 */

#define ARMS 3u

/* The source, as it shall behave. */
static struct {
	double ready_s; /* that making ready takes */
	double take_s;	/* that each group takes */
	unsigned int fail_start;
	unsigned int fail_ready;
	unsigned int fail_take;
	int code;		   /* of a failure */
	unsigned int units;	   /* rows for each group and visit */
	unsigned int interrupt_at; /* SIGINT comes while a group is taken */
	bool suffices;
	unsigned int
		reached_at; /* the look that finds the aim reached; 0: none */
} world;

/* The calls that reached it. */
static struct {
	double now;
	unsigned int started, ended, readied, cleared, taken;
	unsigned int looks;
	unsigned int look_at[64];     /* rounds until each look */
	struct run_round rounds[512]; /* as each group got it */
	unsigned int groups[512];
	unsigned int added;
	size_t most_rows; /* handed over at once */
	double told;
} seen;

double elapsed(void)
{
	return seen.now;
}

double elapsed_cpu(void)
{
	return seen.now;
}

static int start(void *context, struct error *err)
{
	assert_ptr_equal(context, &world);
	if (++seen.started == world.fail_start) {
		error_set(err, EXIT_USAGE, "planted: start");
		return world.code;
	}
	return 0;
}

static int ready(void *context, const struct run_round *round,
		 struct error *err)
{
	assert_ptr_equal(context, &world);
	assert_true(round->seed & 1);
	/* Each round is cleared before the next. */
	assert_int_equal(seen.readied, seen.cleared);
	seen.now += world.ready_s;
	if (++seen.readied == world.fail_ready) {
		error_set(err, EXIT_USAGE, "planted: ready");
		return world.code;
	}
	return 0;
}

/* A row's ticks say how many there were before it. */
static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	unsigned int i;

	assert_ptr_equal(context, &world);
	seen.rounds[seen.taken % 512] = *round;
	seen.groups[seen.taken % 512] = group;
	seen.now += world.take_s;
	if (++seen.taken == world.interrupt_at)
		raise(SIGINT);
	if (seen.taken == world.fail_take) {
		error_set(err, EXIT_USAGE, "planted: take");
		return world.code;
	}
	for (i = 0; i < world.units; i++)
		assert_int_equal(
			run_table_add(table, group, i, 100 + i, 0, err), 0);
	return 0;
}

static void clear(void *context)
{
	assert_ptr_equal(context, &world);
	seen.cleared++;
}

static void end(void *context)
{
	assert_ptr_equal(context, &world);
	seen.ended++;
}

static const struct run_source source = {start, ready, take,
					 clear, end,   &world};

static int add(void *context, const struct run_table *table, struct error *err)
{
	(void)err;
	assert_ptr_equal(context, &seen);
	assert_int_equal(table->rows[0].round, table->round);
	seen.added++;
	if (table->n > seen.most_rows)
		seen.most_rows = table->n;
	return 0;
}

static bool suffices(void *context)
{
	assert_ptr_equal(context, &seen);
	return world.suffices;
}

static bool reached(void *context)
{
	assert_ptr_equal(context, &seen);
	seen.look_at[seen.looks++ % 64] = seen.readied;
	return seen.looks == world.reached_at;
}

static void tell(void *context, double done)
{
	assert_ptr_equal(context, &seen);
	assert_true((done >= seen.told || !done) && done <= 1);
	seen.told = done;
}

static struct run_table table;

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	memset(&seen, 0, sizeof(seen));
	world.units = 1;
	world.code = -1;
	operator_attend((struct run_progress){tell, &seen});
	operator_forget();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_table_free(&table);
	return 0;
}

static struct run_plan plan_of(unsigned int rounds)
{
	return (struct run_plan){
		.arms = ARMS,
		.groups = ARMS,
		.rounds = rounds,
		.context = &seen,
	};
}

static struct run_end run_it(const struct run_plan *plan)
{
	struct error err = {0};
	struct run_end ended;

	run_table_free(&table);
	if (run_rounds(plan, &source, &table, &ended, &err))
		fail_msg("%s", err.text);
	assert_int_equal(seen.readied, seen.cleared);
	return ended;
}

/* Each row says which process, round, arm and unit it is of. */
static void test_rows(void **state)
{
	struct run_plan plan = plan_of(4);
	const struct run_sample *s;
	unsigned int n[2][2][ARMS][2] = {{{{0}}}};
	struct run_end ended;

	(void)state;
	plan.processes = 2;
	world.units = 2;
	ended = run_it(&plan);
	assert_int_equal(ended.processes, 2);
	assert_int_equal(ended.rounds, 4);
	assert_int_equal(table.n, 4 * ARMS * 2);
	run_table_each(s, &table) {
		assert_int_equal(s->ticks, 100 + s->unit);
		n[s->process][s->round][s->arm][s->unit]++;
	}
	for (unsigned int i = 0; i < 2 * 2 * ARMS * 2; i++)
		assert_int_equal((&n[0][0][0][0])[i], 1);
}

/* If a plan has a place for its rows, the table holds one round at a time. */
static void test_add(void **state)
{
	struct run_plan plan = plan_of(50);

	(void)state;
	plan.add = add;
	run_it(&plan);
	assert_int_equal(seen.added, 50);
	assert_int_equal(seen.most_rows, ARMS);
	assert_int_equal(table.n, 0);
	assert_true(seen.told == 1);
}

/* Each visit asks for each group once, and each of the six orders is drawn. */
static void test_order(void **state)
{
	struct run_plan plan = plan_of(60);
	unsigned int orders[ARMS * ARMS * ARMS] = {0}, visit, code, i;
	unsigned int kinds = 0;

	(void)state;
	plan.visits = 2;
	run_it(&plan);
	assert_int_equal(seen.taken, 60 * 2 * ARMS);
	for (visit = 0; visit < 120; visit++) {
		for (i = code = 0; i < ARMS; i++)
			code = code * ARMS + seen.groups[visit * ARMS + i];
		orders[code]++;
	}
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (!orders[i])
			continue;
		/* Each of three digits comes once. */
		assert_int_equal(1u << i / 9 | 1u << i / 3 % 3 | 1u << i % 3,
				 7);
		/* 20 are expected, with a deviation of 4. */
		assert_in_range(orders[i], 4, 36);
		kinds++;
	}
	assert_int_equal(kinds, 6);
}

/* The questions of a run with that seed, in order. */
static void trace(uint64_t seed, unsigned int *groups, uint64_t *seeds)
{
	struct run_plan plan = plan_of(20);
	unsigned int i;

	set_up(NULL);
	plan.seed = seed;
	run_it(&plan);
	for (i = 0; i < 20 * ARMS; i++) {
		groups[i] = seen.groups[i];
		seeds[i] = seen.rounds[i].seed;
	}
}

/* The same seed gives the same run; the source gets another each time; 0 draws one. */
static void test_seed(void **state)
{
	unsigned int a[20 * ARMS], b[20 * ARMS], i, j;
	uint64_t x[20 * ARMS], y[20 * ARMS];

	(void)state;
	trace(5, a, x);
	trace(5, b, y);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_equal(x, y, sizeof(x));
	for (i = 0; i < 20 * ARMS; i++) {
		for (j = i + 1; j < 20 * ARMS; j++)
			assert_true(x[i] != x[j]);
	}
	trace(6, b, y);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(x, y, sizeof(x));
	trace(0, a, x);
	trace(0, b, y);
	assert_memory_not_equal(x, y, sizeof(x));
}

static void test_samples(void **state)
{
	struct run_plan plan = plan_of(0);
	struct run_end ended;

	(void)state;
	plan.samples = 95;
	plan.each = 10;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_SAMPLES);
	assert_int_equal(ended.rounds, 10);
	assert_int_equal(seen.rounds[0].each, 10);
	assert_true(seen.told == 1);
	set_up(NULL);
	operator_attend((struct run_progress){NULL, NULL});
	ended = run_it(&(struct run_plan){.arms = ARMS, .rounds = 7});
	assert_true(seen.told == 0);
	assert_int_equal(ended.stopped_by, STOPPED_BY_SAMPLES);
	assert_int_equal(ended.rounds, 7);
	assert_int_equal(seen.taken, 7);
}

/* Looked for after 24 rounds, and then after each eight. */
static void test_target(void **state)
{
	struct run_plan plan = plan_of(0);
	struct run_end ended;

	(void)state;
	plan.reached = reached;
	world.reached_at = 4;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_TARGET);
	assert_int_equal(ended.rounds, 48);
	assert_int_equal(seen.looks, 4);
	assert_int_equal(seen.look_at[0], RUN_FIRST_LOOK);
	assert_int_equal(seen.look_at[1], 32);
	assert_int_equal(seen.look_at[3], 48);
}

/* A round takes three seconds, one a group. */
static void test_time(void **state)
{
	struct run_plan plan = plan_of(0);
	struct run_end ended;

	(void)state;
	world.take_s = 1;
	world.suffices = true;
	plan.suffices = suffices;
	plan.time_limit = 31;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_TIME);
	assert_int_equal(ended.rounds, 11);
	assert_true(seen.rounds[0].seconds == 31. / 24);
	assert_true(seen.rounds[10 * ARMS].seconds == 1. / 14);
	assert_true(seen.told == 1);
	/* No limit, no hurry. */
	set_up(NULL);
	plan.time_limit = 0;
	plan.rounds = 2;
	run_it(&plan);
	assert_true(isinf(seen.rounds[0].seconds));
}

/*
 * A run goes on until there is enough to speak about, but not for ever; and it
 * has a least number.
 */
static void test_time_for_enough(void **state)
{
	struct run_plan plan = plan_of(0);
	struct run_end ended;

	(void)state;
	world.take_s = 1;
	plan.suffices = suffices;
	plan.time_limit = 1;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_TIME);
	assert_int_equal(ended.rounds, 8);
	set_up(NULL);
	world.take_s = 1;
	world.suffices = true;
	plan.rounds_least = 3;
	assert_int_equal(run_it(&plan).rounds, 3);
	set_up(NULL);
	world.suffices = true;
	plan.rounds_least = 0;
	plan.time_limit = 1e-9;
	world.take_s = 1;
	assert_int_equal(run_it(&plan).rounds, 1);
}

/* Each hit is one, and far off is a round's own matter, each arm's by itself. */
static void test_drops(void **state)
{
	struct error err = {0};
	size_t i, first;
	unsigned int round;

	(void)state;
	for (round = 0; round < 2; round++) {
		first = table.n;
		table.round = round;
		for (i = 0; i < 40; i++)
			run_table_add(&table, i % 2, i,
				      1000 * (round + 1) + (i % 2 ? 500 : 0),
				      i == 4 ? SWC_SAMPLE_NMI : 0, &err);
		/* This is as much as the other arm always takes. */
		run_table_add(&table, 0, 40, 1000 * (round + 1) + 500, 0, &err);
		run_table_add(&table, 0, 41, 1000 * (round + 1) + 500,
			      SWC_SAMPLE_NEAR_SMI, &err);
		/* A hit explains nothing if nothing is far off. */
		run_table_add(&table, 1, 42, 1000 * (round + 1) + 500,
			      SWC_SAMPLE_NEAR_SMI, &err);
		assert_int_equal(
			drop_rows(table.rows + first, 43, 2, true, &err), 0);
		for (i = 0; i < 43; i++)
			assert_int_equal(table.rows[first + i].dropped,
					 i == 4	   ? DROP_NMI
					 : i == 40 ? DROP_OUTLIER
					 : i == 41 ? DROP_SMI
						   : DROP_CAUSES);
	}
	/* If rows that are far off are looked for, a hit alone counts. */
	assert_int_equal(drop_rows(table.rows, 43, 2, false, &err), 0);
	for (i = 0; i < 43; i++)
		assert_int_equal(table.rows[i].dropped,
				 i == 4 ? DROP_NMI : DROP_CAUSES);
}

static int take_outlier(void *context, const struct run_round *round,
			unsigned int group, struct run_table *t,
			struct error *err)
{
	unsigned int i;

	(void)context;
	(void)group;
	for (i = 0; i < 20; i++) {
		if (run_table_add(t, 0, i, i == round->number ? 100000 : 50, 0,
				  err))
			return -1;
	}
	return 0;
}

/* The loop applies the rule to each round, unless its plan says otherwise. */
static void test_run_drops(void **state)
{
	const struct run_source from = {.take = take_outlier};
	struct run_plan plan = {.arms = 1, .rounds = 5};
	struct error err = {0};
	struct run_end ended;
	size_t i;

	(void)state;
	assert_int_equal(run_rounds(&plan, &from, &table, &ended, &err), 0);
	assert_int_equal(table.n, 100);
	for (i = 0; i < table.n; i++)
		assert_int_equal(table.rows[i].dropped,
				 table.rows[i].unit == table.rows[i].round
					 ? DROP_OUTLIER
					 : DROP_CAUSES);
	run_table_free(&table);
	plan.keep_far_off = true;
	assert_int_equal(run_rounds(&plan, &from, &table, &ended, &err), 0);
	for (i = 0; i < table.n; i++)
		assert_int_equal(table.rows[i].dropped, DROP_CAUSES);
}

/* A process begins and ends; samples, rounds and time are shared among all. */
static void test_processes(void **state)
{
	struct run_plan plan = plan_of(12);
	struct run_end ended;
	unsigned int i;

	(void)state;
	plan.processes = 4;
	ended = run_it(&plan);
	assert_int_equal(ended.processes, 4);
	assert_int_equal(seen.started, 4);
	assert_int_equal(seen.ended, 4);
	for (i = 0; i < table.n; i++) {
		assert_int_equal(table.rows[i].process, i / (3 * ARMS));
		assert_int_equal(table.rows[i].round, i / ARMS % 3);
	}
	set_up(NULL);
	plan.rounds = 0;
	plan.time_limit = 12;
	world.take_s = 1;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_TIME);
	for (i = 0; i < table.n; i++)
		assert_int_equal(table.rows[i].process, i / ARMS);
	/* If the first has used up the time, the others have their least. */
	set_up(NULL);
	plan.rounds_least = 5;
	world.take_s = 1;
	ended = run_it(&plan);
	assert_int_equal(ended.rounds, 4 * 5);
	for (i = 0; i < table.n; i++)
		assert_int_equal(table.rows[i].process, i / (5 * ARMS));
	set_up(NULL);
	ended = run_it(&(struct run_plan){.arms = ARMS, .rounds = 2});
	assert_int_equal(ended.processes, 1);
}

/* An aim is looked for when all of them have begun. */
static void test_processes_target(void **state)
{
	struct run_plan plan = plan_of(0);
	struct run_end ended;

	(void)state;
	plan.processes = 2;
	plan.reached = reached;
	plan.samples = 600;
	plan.each = 10;
	world.reached_at = 1;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_TARGET);
	assert_int_equal(seen.looks, 1);
	/* The first has had its half of 60 rounds. */
	assert_int_equal(seen.look_at[0], 32);
	assert_int_equal(ended.processes, 2);
}

#define TURNS 10u

/*
 * Each has its turn once in a block, neighbours side by side, and a run ends
 * after a whole block.
 */
static void test_turns(void **state)
{
	struct run_plan plan = plan_of(0);
	unsigned int had[TURNS], firsts = 0, i, k, block;
	const struct run_round *r;

	(void)state;
	plan.groups = 1;
	plan.rotating = TURNS;
	plan.rotating_room = 4;
	plan.samples = 400;
	plan.each = 10;
	assert_int_equal(run_rounds_in_block(&plan), 3);
	assert_int_equal(run_it(&plan).rounds, 3 * 40);
	for (block = 0; block < 40; block++) {
		memset(had, 0, sizeof(had));
		for (i = 0; i < 3; i++) {
			r = &seen.rounds[3 * block + i];
			assert_in_range(r->rotating, 3, 4);
			for (k = 0; k < r->rotating; k++)
				had[(r->first + k) % TURNS]++;
		}
		for (i = 0; i < TURNS; i++)
			assert_int_equal(had[i], 1);
		firsts |= 1u << seen.rounds[3 * block].first;
	}
	/* In forty draws all of ten come, but for one, perhaps, or two. */
	assert_in_range(__builtin_popcount(firsts), 8, 10);
	set_up(NULL);
	plan.samples = 0;
	plan.time_limit = 4;
	world.take_s = 1;
	assert_int_equal(run_it(&plan).rounds, 6);
}

/* If making ready takes long, rounds are larger, up to a limit, all of a block. */
static void test_adapts(void **state)
{
	struct run_plan plan = plan_of(0);
	unsigned int i;

	(void)state;
	plan.groups = 1;
	plan.samples = 1000;
	plan.each = 10;
	plan.each_most = 30;
	plan.ready_limit = 1;
	world.ready_s = 0.5;
	assert_int_equal(run_it(&plan).rounds, 100);
	set_up(NULL);
	world.ready_s = 2;
	run_it(&plan);
	assert_int_equal(seen.rounds[0].each, 10);
	assert_int_equal(seen.rounds[1].each, 20);
	assert_int_equal(seen.rounds[2].each, 30);
	assert_int_equal(seen.rounds[3].each, 30);
	set_up(NULL);
	world.ready_s = 2;
	plan.rotating = TURNS;
	plan.rotating_room = 4;
	run_it(&plan);
	for (i = 0; i < 9; i++)
		assert_int_equal(seen.rounds[i].each, 10 + 10 * (i / 3));
}

/* Whatever fails ends the run, and nothing stays. */
static void check_failure(unsigned int start_at, unsigned int ready_at,
			  unsigned int take_at, int code)
{
	struct run_plan plan = plan_of(8);
	struct error err = {0};
	struct run_end ended;

	set_up(NULL);
	plan.processes = 2;
	world.code = code;
	world.fail_start = start_at;
	world.fail_ready = ready_at;
	world.fail_take = take_at;
	assert_int_equal(run_rounds(&plan, &source, &table, &ended, &err),
			 code);
	assert_true(strstr(err.text, "planted") == err.text);
	assert_int_equal(seen.readied, seen.cleared);
	assert_int_equal(seen.ended, seen.started - !!start_at);
	if (ready_at)
		assert_int_equal(seen.taken, (ready_at - 1) * ARMS);
	if (take_at)
		assert_int_equal(seen.taken, take_at);
	run_table_free(&table);
}

static void test_failures(void **state)
{
	(void)state;
	check_failure(1, 0, 0, -1);
	check_failure(2, 0, 0, -1);
	check_failure(0, 1, 0, -1);
	check_failure(0, 6, 0, -1);
	check_failure(0, 0, 1, -1);
	check_failure(0, 0, 8, -1);
	check_failure(0, 0, 8, 1);
}

static unsigned int signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

/* A plan that SIGINT may end: in the fifth round, of three groups. */
static struct run_plan interrupted_plan(void)
{
	struct run_plan plan = plan_of(0);

	set_up(NULL);
	plan.samples = 1000;
	plan.each = 10;
	plan.suffices = suffices;
	world.suffices = true;
	world.interrupt_at = 4 * ARMS + 2;
	signal(SIGINT, count_signal);
	signals = 0;
	return plan;
}

/* The round under way is the last one, and SIGINT does afterwards what it did. */
static void test_interrupt(void **state)
{
	struct run_plan plan = interrupted_plan();
	struct run_end ended;

	(void)state;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_OPERATOR);
	assert_int_equal(ended.rounds, 5);
	assert_int_equal(table.n, 5 * ARMS);
	assert_int_equal(signals, 0);
	raise(SIGINT);
	assert_int_equal(signals, 1);
}

/* A block that is under way becomes complete. */
static void test_interrupt_block(void **state)
{
	struct run_plan plan = interrupted_plan();
	struct run_end ended;

	(void)state;
	plan.rotating = 5;
	plan.rotating_room = 2;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_OPERATOR);
	assert_int_equal(ended.rounds, 6);
}

/* A source whose wait was broken off has no round to show. */
static void test_interrupt_wait(void **state)
{
	struct run_plan plan = interrupted_plan();
	struct run_end ended;

	(void)state;
	world.fail_take = world.interrupt_at;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_OPERATOR);
	assert_int_equal(ended.rounds, 4);
	assert_int_equal(table.n, 4 * ARMS);
}

static void test_interrupt_twice(void **state)
{
	struct run_plan plan = interrupted_plan();

	(void)state;
	operator_listen();
	raise(SIGINT);
	assert_true(operator_interrupted());
	raise(SIGINT);
	assert_int_equal(signals, 1);
	operator_leave();
	(void)plan;
}

/* timeout(1) sends SIGTERM twice at once, and a result is worth having all the same. */
static void test_terminated(void **state)
{
	(void)state;
	signal(SIGTERM, count_signal);
	signals = 0;
	operator_listen();
	raise(SIGTERM);
	raise(SIGTERM);
	assert_true(operator_interrupted());
	assert_true(operator_is_alone());
	assert_int_equal(signals, 0);
	operator_leave();
	raise(SIGTERM);
	assert_int_equal(signals, 1);
	signal(SIGTERM, SIG_DFL);
}

static void check_too_little(struct run_plan *plan, unsigned int rounds)
{
	struct error err = {0};
	struct run_end ended;

	run_table_free(&table);
	assert_int_equal(run_rounds(plan, &source, &table, &ended, &err), -1);
	assert_int_equal(err.code, EXIT_CHECK_FAILED);
	assert_non_null(strstr(err.text, "interrupted"));
	assert_int_equal(ended.rounds, rounds);
}

/* A run that can't be shown with less than was asked for is an error. */
static void test_interrupt_too_early(void **state)
{
	struct run_plan plan = interrupted_plan();

	(void)state;
	world.suffices = false;
	check_too_little(&plan, 5);
	/* The next run of the same process doesn't begin. */
	check_too_little(&plan, 0);
	plan = interrupted_plan();
	plan.processes = 2;
	check_too_little(&plan, 5);
	plan = interrupted_plan();
	plan.suffices = NULL;
	plan.samples = 0;
	plan.rounds = 9;
	check_too_little(&plan, 5);
}

/* SIGINT that is ignored, as in the background of a script, stays so. */
static void test_interrupt_ignored(void **state)
{
	struct run_plan plan = interrupted_plan();
	struct run_end ended;

	(void)state;
	signal(SIGINT, SIG_IGN);
	plan.samples = 200;
	ended = run_it(&plan);
	assert_int_equal(ended.stopped_by, STOPPED_BY_SAMPLES);
	assert_true(signal(SIGINT, SIG_DFL) == SIG_IGN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_add),
		TEST(test_order),
		TEST(test_seed),
		TEST(test_samples),
		TEST(test_target),
		TEST(test_time),
		TEST(test_time_for_enough),
		TEST(test_drops),
		TEST(test_run_drops),
		TEST(test_processes),
		TEST(test_processes_target),
		TEST(test_turns),
		TEST(test_adapts),
		TEST(test_failures),
		TEST(test_interrupt),
		TEST(test_interrupt_block),
		TEST(test_interrupt_wait),
		TEST(test_interrupt_twice),
		TEST(test_terminated),
		TEST(test_interrupt_too_early),
		TEST(test_interrupt_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
