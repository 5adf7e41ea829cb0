// SPDX-License-Identifier: GPL-2.0
#include "backend.h"

#include <pthread.h>
#include <sched.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"

/* The user backend itself: its CPU, its memory, and what happens to its thread. */

#define SAMPLES 200000u

static struct backend *open_with(const char *text, struct sequence *s)
{
	struct error err = {0};
	struct backend *b = backend_user.open(SAMPLES, &err);

	if (!b)
		fail_msg("%s", err.text);
	sequence_from(s, text);
	if (backend_user.load(b, s, 80, NULL, &err))
		fail_msg("%s", err.text);
	return b;
}

/* The CPUs that this thread may use. Return: how many. */
static int allowed(cpu_set_t *set, int *first, int *last)
{
	int cpu;

	*first = -1;
	CPU_ZERO(set);
	assert_int_equal(sched_getaffinity(0, sizeof(*set), set), 0);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, set))
			continue;
		*last = cpu;
		if (*first < 0)
			*first = cpu;
	}
	return CPU_COUNT(set);
}

static void test_samples(void **state)
{
	struct backend_run run = {
		.samples = 1000, .warm = 2, .delay_max = 127, .seed = 1};
	cpu_set_t before, after;
	struct error err = {0};
	struct sequence s;
	struct backend *b = open_with("chain 30", &s);
	int first, last;
	uint32_t i;

	(void)state;
	allowed(&before, &first, &last);
	run.cpu = last;
	assert_int_equal(backend_user.run(b, &run, &err), 0);
	assert_int_equal(run.produced, 1000);
	assert_int_equal(run.replays, 3000);
	assert_true(run.windows >= 1);
	for (i = 0; i < run.produced; i++) {
		assert_int_equal(run.data[i].arm, 0);
		assert_int_equal(run.data[i].flags & SWC_SAMPLE_MIGRATED, 0);
		assert_true(run.data[i].ticks);
	}
	allowed(&after, &first, &last);
	assert_true(CPU_EQUAL(&before, &after));
	backend_user.close(b);
	sequence_free(&s);
}

static void test_bad_cpu(void **state)
{
	static const uint32_t cpus[] = {CPU_SETSIZE - 1, CPU_SETSIZE, 65535,
					0xffffffff};
	struct backend_run run = {.samples = 10};
	cpu_set_t before, after;
	struct error err = {0};
	struct sequence s;
	struct backend *b = open_with("chain 30", &s);
	int first, last;
	size_t i;

	(void)state;
	allowed(&before, &first, &last);
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		run.cpu = cpus[i];
		assert_int_equal(backend_user.run(b, &run, &err), -1);
		assert_int_equal(err.code, EXIT_USAGE);
		allowed(&after, &first, &last);
		assert_true(CPU_EQUAL(&before, &after));
	}
	backend_user.close(b);
	sequence_free(&s);
}

/* The thread that runs, which pins itself to @from. */
struct mover {
	pid_t thread;
	clockid_t clock; /* of the time that it spends on a CPU */
	int from;
	int to;
};

static long spent_ms(const struct mover *m)
{
	struct timespec t;

	clock_gettime(m->clock, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until it is pinned and has run for a while, then take the CPU away. */
static void *move(void *context)
{
	struct mover *m = context;
	cpu_set_t one;
	long begun;

	do {
		sched_yield();
		sched_getaffinity(m->thread, sizeof(one), &one);
	} while (CPU_COUNT(&one) != 1 || !CPU_ISSET(m->from, &one));
	begun = spent_ms(m);
	while (spent_ms(m) < begun + 5)
		sched_yield();
	CPU_ZERO(&one);
	CPU_SET(m->to, &one);
	sched_setaffinity(m->thread, sizeof(one), &one);
	return NULL;
}

/*
 * Somebody moves the thread in the middle of a run: samples on the other CPU
 * say so, and what was asked for from outside isn't undone.
 */
static void test_moved(void **state)
{
	struct backend_run run = {
		.samples = SAMPLES, .warm = 2, .delay_max = 127, .seed = 1};
	cpu_set_t before, after;
	struct error err = {0};
	uint32_t i, moved = 0;
	struct sequence s;
	pthread_t thread;
	struct backend *b;
	struct mover m;
	int first, last;

	(void)state;
	if (allowed(&before, &first, &last) < 2) {
		print_message("skip: only one CPU\n");
		skip();
	}
	b = open_with("chain 1000", &s);
	m = (struct mover){.thread = gettid(), .from = last, .to = first};
	assert_int_equal(pthread_getcpuclockid(pthread_self(), &m.clock), 0);
	run.cpu = last;
	assert_int_equal(pthread_create(&thread, NULL, move, &m), 0);
	assert_int_equal(backend_user.run(b, &run, &err), 0);
	pthread_join(thread, NULL);
	assert_int_equal(run.produced, SAMPLES);
	for (i = 0; i < SAMPLES; i++)
		moved += !!(run.data[i].flags & SWC_SAMPLE_MIGRATED);
	assert_in_range(moved, 1, SAMPLES - 1);
	/* It never came back. */
	for (i = SAMPLES - moved + 1; i < SAMPLES; i++)
		assert_true(run.data[i].flags & SWC_SAMPLE_MIGRATED);
	sched_getaffinity(0, sizeof(after), &after);
	sched_setaffinity(0, sizeof(before), &before);
	assert_int_equal(CPU_COUNT(&after), 1);
	assert_true(CPU_ISSET(first, &after));
	backend_user.close(b);
	sequence_free(&s);
}

/* Arms in states of different kinds, each loaded after the other. */
static void test_states_together(void **state)
{
	const struct swc_state l1d = {.l1d.bits = {1}, .l1d_bytes = 96 << 10},
			       l2 = {.l2.bits = {1}, .l2_bytes = 4 << 20},
			       memory = {.memory.bits = {1}},
			       dtlb = {.dtlb.bits = {1}},
			       code = {.flags = SWC_STATE_COLD_CODE |
						SWC_STATE_COLD_ITLB};
	const struct swc_state *const all[] = {&l1d, &l2, &memory, &dtlb,
					       &code};
	struct backend_run run = {
		.samples = 300, .warm = 2, .delay_max = 127, .seed = 1};
	struct error err = {0};
	struct sequence s;
	cpu_set_t set;
	struct backend *b;
	int first, last;
	size_t i;

	(void)state;
	allowed(&set, &first, &last);
	run.cpu = last;
	b = open_with("region a 1; load a+0 dst=rax", &s);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (backend_user.load(b, &s, 80, all[i], &err))
			fail_msg("%s", err.text);
	}
	assert_int_equal(backend_user.run(b, &run, &err), 0);
	assert_int_equal(run.produced, 300);
	backend_user.unload(b);
	backend_user.close(b);
	sequence_free(&s);
}

/* A state that isn't possible is refused, and nothing stays loaded. */
static void test_bad_state(void **state)
{
	const struct swc_state unknown = {.memory.bits = {2}},
			       two = {.memory.bits = {1}, .l1d.bits = {1}},
			       unsized = {.l1d.bits = {1}};
	const struct swc_state *const all[] = {&unknown, &two, &unsized};
	struct backend_run run = {.samples = 100, .seed = 1};
	struct error err = {0};
	struct sequence s;
	struct backend *b;
	cpu_set_t set;
	int first, last;
	uint32_t i;

	(void)state;
	allowed(&set, &first, &last);
	run.cpu = last;
	b = open_with("region a 1; load a+0 dst=rax", &s);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(backend_user.load(b, &s, 80, all[i], &err),
				 -1);
		assert_int_equal(err.code, EXIT_USAGE);
	}
	assert_int_equal(backend_user.run(b, &run, &err), 0);
	for (i = 0; i < run.produced; i++)
		assert_int_equal(run.data[i].arm, 0);
	backend_user.close(b);
	sequence_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_bad_cpu),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_states_together),
		cmocka_unit_test(test_bad_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
