// SPDX-License-Identifier: GPL-2.0
#include "apart.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"

/*
 * Processes of a run that are this program executed once more. A row's ticks say in
 * which process it was taken, and what its source has seen.
 */

#define ARMS 2u

enum fault { NONE, FAIL_START, FAIL_TAKE, DIE, EXIT };

/* Of the source; @fault goes there, and the others come back. */
static struct {
	enum fault fault;
	unsigned int started;
	unsigned int taken;
	unsigned int ended;
	pid_t pid;
	size_t environment;
} seen;

static struct run_apart options = {
	.verb = "verb",
	.arguments = (char *[]){"argument", NULL},
	.shared = (struct run_shared[]){{&seen, sizeof(seen)}},
	.nshared = 1,
};

static size_t environment_bytes(void)
{
	const char *text = getenv(APART_PADDING);

	return text ? strlen(text) : SIZE_MAX;
}

static int start(void *context, struct error *err)
{
	(void)context;
	if (seen.fault == FAIL_START)
		return error_set(err, EXIT_IMPOSSIBLE, "planted: start");
	seen.started++;
	seen.pid = getpid();
	seen.environment = environment_bytes();
	return 0;
}

static int take(void *context, const struct run_round *round,
		unsigned int group, struct run_table *table, struct error *err)
{
	unsigned int i;

	(void)context;
	if (round->number == 1) {
		if (seen.fault == FAIL_TAKE)
			return error_set(err, EXIT_USAGE, "planted: take");
		if (seen.fault == DIE)
			raise(SIGKILL);
		if (seen.fault == EXIT)
			_exit(5);
	}
	for (i = 0; i < 700; i++) {
		if (run_table_add(table, group, i,
				  1000 * getpid() + round->seed % 1000, 0, err))
			return -1;
	}
	seen.taken++;
	return 0;
}

static void end(void *context)
{
	(void)context;
	seen.ended++;
}

static const struct run_source source = {
	.start = start, .take = take, .end = end};
static struct run_table table;
static struct run_end ended;
static struct error err;

static int run(unsigned int processes, uint64_t seed)
{
	const struct run_plan plan = {
		.apart = &options,
		.arms = ARMS,
		.groups = ARMS,
		.processes = processes,
		.rounds = 2 * processes,
		.seed = seed,
		.keep_far_off = true,
	};

	run_table_free(&table);
	err = (struct error){0};
	seen.started = seen.taken = seen.ended = 0;
	return run_rounds(&plan, &source, &table, &ended, &err);
}

static int tear_down(void **state)
{
	(void)state;
	run_table_free(&table);
	seen.fault = NONE;
	return 0;
}

static uint32_t pid_of(const struct run_sample *row)
{
	return row->ticks / 1000;
}

/* Each process is another, and none is this one; the rows come as they were taken. */
static void test_rows(void **state)
{
	uint32_t last = getpid();
	size_t i;

	(void)state;
	assert_int_equal(run(3, 7), 0);
	assert_int_equal(table.n, 3 * 2 * ARMS * 700);
	assert_int_equal(ended.processes, 3);
	for (i = 0; i < table.n; i++) {
		assert_int_equal(table.rows[i].process, i / (2 * ARMS * 700));
		assert_int_equal(table.rows[i].round, i / (ARMS * 700) % 2);
		assert_int_equal(table.rows[i].unit, i % 700);
		if (i % (2 * ARMS * 700))
			assert_int_equal(pid_of(&table.rows[i]), last);
		else
			assert_int_not_equal(pid_of(&table.rows[i]), last);
		last = pid_of(&table.rows[i]);
	}
	/* The shared bytes went from process to process. */
	assert_int_equal(seen.started, 3);
	assert_int_equal(seen.taken, 3 * 2 * ARMS);
	assert_int_equal(seen.ended, 3);
	assert_int_equal(seen.pid, last);
}

/* The environment is as long as the seed says, and nobody is left. */
static void test_environment(void **state)
{
	(void)state;
	assert_int_equal(run(2, 12345), 0);
	assert_int_equal(ended.seed, 12345);
	assert_int_equal(seen.environment, apart_padding(12345, 1));
	assert_int_not_equal(apart_padding(12345, 0), apart_padding(12345, 1));
	assert_int_equal(kill(seen.pid, 0), -1);
	assert_int_equal(environment_bytes(), SIZE_MAX);
}

/* The same seed asks for the same. */
static void test_seed(void **state)
{
	uint32_t orders[2][2 * 2 * ARMS];
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		assert_int_equal(run(2, 99), 0);
		for (i = 0; i < 2 * 2 * ARMS; i++)
			orders[k][i] = table.rows[i * 700].arm +
				       table.rows[i * 700].ticks % 1000 * ARMS;
	}
	assert_memory_equal(orders[0], orders[1], sizeof(orders[0]));
}

static void test_one_is_here(void **state)
{
	(void)state;
	assert_int_equal(run(1, 5), 0);
	assert_int_equal(seen.pid, getpid());
}

/* A source's failure is the run's, with its own words. */
static void test_failures(void **state)
{
	(void)state;
	seen.fault = FAIL_START;
	assert_int_not_equal(run(2, 1), 0);
	assert_string_equal(err.text, "planted: start");
	assert_int_equal(err.code, EXIT_IMPOSSIBLE);
	assert_int_equal(seen.ended, 0);
	seen.fault = FAIL_TAKE;
	assert_int_not_equal(run(2, 1), 0);
	assert_string_equal(err.text, "planted: take");
	assert_int_equal(err.code, EXIT_USAGE);
	assert_int_equal(kill(seen.pid, 0), -1);
}

/* So is the end of its process. */
static void test_death(void **state)
{
	(void)state;
	seen.fault = DIE;
	assert_int_not_equal(run(2, 1), 0);
	assert_non_null(strstr(err.text, "process 1 of the run died of "
					 "signal 9"));
	seen.fault = EXIT;
	assert_int_not_equal(run(2, 1), 0);
	assert_non_null(strstr(err.text, "ended with code 5"));
}

/* As the command does: the same plan, by the same words. */
static int serve(int argc, char **argv)
{
	if (argc != 4 || strcmp(argv[1], "verb") ||
	    strcmp(argv[2], "--" APART_OPTION "=3") ||
	    strcmp(argv[3], "argument"))
		return 9;
	options.served = 3;
	return run(2, 0) ? 8 : 7; /* it doesn't return */
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_rows, tear_down),
		cmocka_unit_test_teardown(test_environment, tear_down),
		cmocka_unit_test_teardown(test_seed, tear_down),
		cmocka_unit_test_teardown(test_one_is_here, tear_down),
		cmocka_unit_test_teardown(test_failures, tear_down),
		cmocka_unit_test_teardown(test_death, tear_down),
	};

	if (argc > 1)
		return serve(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
