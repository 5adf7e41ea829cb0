// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"

/*
 * A disturbance must show in the sample that it hits, and an undisturbed one
 * must stay clean. Disturbances are made on purpose, between begin and end.
 */

/* Spins of an undisturbed sample: far shorter than a time slice. */
#define SPINS 1000
#define TRIES 1000

struct fixture {
	struct watch watch;
	struct swc_watch samples;
};

static void open_watch(struct fixture *f)
{
	watch_open(&f->watch, sched_getcpu());
	f->samples = watch_samples(&f->watch);
}

static int set_up(void **state)
{
	cpu_set_t one;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	return sched_setaffinity(0, sizeof(one), &one);
}

static void begin(struct fixture *f)
{
	f->samples.begin(f->samples.context);
}

static uint16_t end(struct fixture *f)
{
	return f->samples.end(f->samples.context);
}

static void spin(void)
{
	volatile int i;

	for (i = 0; i < SPINS; i++)
		;
}

static void need_rseq(struct fixture *f)
{
	if (f->watch.per_sample)
		return;
	watch_close(&f->watch);
	print_message("skip: no restartable sequences here\n");
	skip();
}

/* Others may run, but not in most of so short samples. */
static void test_quiet(void **state)
{
	struct fixture f;
	int i, seen = 0;

	(void)state;
	open_watch(&f);
	for (i = 0; i < TRIES; i++) {
		begin(&f);
		spin();
		seen += end(&f) != 0;
	}
	watch_close(&f.watch);
	assert_in_range(seen, 0, TRIES / 10);
}

static void test_sleep(void **state)
{
	struct timespec t = {.tv_nsec = 1000};
	struct fixture f;
	int i;

	(void)state;
	open_watch(&f);
	need_rseq(&f);
	for (i = 0; i < 20; i++) {
		begin(&f);
		nanosleep(&t, NULL);
		assert_int_equal(end(&f), SWC_SAMPLE_SWITCHED);
		assert_true(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_SWITCH);
	}
	watch_close(&f.watch);
}

/* A disturbance before a sample isn't the sample's. */
static void test_before(void **state)
{
	struct timespec t = {.tv_nsec = 1000};
	struct fixture f;
	int i, seen = 0;

	(void)state;
	open_watch(&f);
	for (i = 0; i < 100; i++) {
		nanosleep(&t, NULL);
		begin(&f);
		seen += end(&f) != 0;
	}
	watch_close(&f.watch);
	assert_in_range(seen, 0, 10);
}

static void on_signal(int number)
{
	(void)number;
}

static void test_signal(void **state)
{
	struct sigaction act = {.sa_handler = on_signal};
	struct fixture f;
	int i;

	(void)state;
	open_watch(&f);
	need_rseq(&f);
	sigaction(SIGUSR1, &act, NULL);
	for (i = 0; i < 20; i++) {
		begin(&f);
		raise(SIGUSR1);
		assert_int_equal(end(&f), SWC_SAMPLE_SWITCHED);
	}
	watch_close(&f.watch);
}

/* Somebody else wants this CPU, too. */
static void test_competitor(void **state)
{
	time_t limit = time(NULL) + 20;
	int i, seen = 0, status;
	struct fixture f;
	pid_t child;

	(void)state;
	open_watch(&f);
	need_rseq(&f);
	child = fork(); /* inherits the CPU */
	assert_true(child >= 0);
	if (!child) {
		while (time(NULL) < limit)
			sched_yield();
		_exit(0);
	}
	for (i = 0; i < 200; i++) {
		begin(&f);
		sched_yield();
		seen += !!(end(&f) & SWC_SAMPLE_SWITCHED);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	watch_close(&f.watch);
	/* A scheduler need not follow each yield. */
	assert_in_range(seen, 50, 200);
}

/* A sample taken on another CPU than the run's isn't one of it. */
static void test_other_cpu(void **state)
{
	struct fixture f;

	(void)state;
	watch_open(&f.watch, sched_getcpu() + 1);
	f.samples = watch_samples(&f.watch);
	begin(&f);
	assert_true(end(&f) & SWC_SAMPLE_MIGRATED);
	watch_close(&f.watch);
}

/* Page faults are of the burst: they don't make a sample bad by themselves. */
static void test_fault(void **state)
{
	struct fixture f;
	char *p;

	(void)state;
	open_watch(&f);
	/* Its own first call may fault. */
	watch_burst(&f.watch);
	assert_int_equal(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_FAULT, 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	watch_burst(&f.watch);
	begin(&f);
	*(volatile char *)p = 1;
	assert_int_equal(end(&f) & ~SWC_SAMPLE_SWITCHED, 0);
	assert_true(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_FAULT);
	assert_int_equal(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_FAULT, 0);
	munmap(p, 4096);
	watch_close(&f.watch);
}

/* Stolen time: planted, as if less had been stolen at the last look. */
static void test_steal(void **state)
{
	struct fixture f;
	int i, seen = 0;

	(void)state;
	open_watch(&f);
	f.watch.steal--;
	assert_true(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_STEAL);
	for (i = 0; i < 100; i++)
		seen += !!(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_STEAL);
	watch_close(&f.watch);
	assert_in_range(seen, 0, 50);
}

/* Nothing stays announced to the kernel, and it may be opened again. */
static void test_reopen(void **state)
{
	struct timespec t = {.tv_nsec = 1000};
	struct fixture f;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		open_watch(&f);
		begin(&f);
		watch_close(&f.watch);
		nanosleep(&t, NULL);
	}
}

/* Without restartable sequences no sample is accused. */
static void test_blind(void **state)
{
	struct timespec t = {.tv_nsec = 1000};
	struct fixture f;

	(void)state;
	open_watch(&f);
	f.watch.per_sample = false;
	f.samples = watch_samples(&f.watch);
	begin(&f);
	nanosleep(&t, NULL);
	assert_int_equal(end(&f), 0);
	assert_true(watch_burst(&f.watch) & SWC_SAMPLE_NEAR_SWITCH);
	watch_close(&f.watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_competitor),
		cmocka_unit_test(test_other_cpu),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_blind),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
