// SPDX-License-Identifier: GPL-2.0
/* /dev/switchcost: what a run returns, its interruption, and two at once. */
#include "guest.h"

#include <pthread.h>
#include <sys/time.h>

#define SAMPLES	 2000u
#define CAPACITY 200000u

/* So long that a run of all CAPACITY samples never ends by itself. */
#define LONG_CHAIN "chain 4096\n"

static int device;
static const struct swc_sample *samples;
static struct swc_ring *ring;
static double signalled; /* when the handler ran */

static bool run_is_consistent(const struct swc_run *run, uint32_t wanted)
{
	return run->produced == wanted && run->windows && !run->traps &&
	       run->replays == (uint64_t)wanted * (run->warm + 1);
}

static void test_samples(void)
{
	uint32_t i, n[4] = {0}, strange = 0, idle = 0;
	struct swc_run run;
	int arms[4];

	for (i = 0; i < 4; i++)
		arms[i] = guest_must_load(device, "chain 10\n");
	run = guest_run(arms, 4, SAMPLES);
	run.warm = 3;
	if (!guest_done("run/four arms", ioctl(device, SWC_IOC_RUN, &run)))
		return;
	guest_check(run_is_consistent(&run, SAMPLES), "run/what it says",
		    "produced %u, windows %u, traps %u, replays %llu",
		    run.produced, run.windows, run.traps, run.replays);
	for (i = 0; i < SAMPLES; i++) {
		strange += samples[i].arm >= 4 ||
			   samples[i].flags &
				   ~(SWC_SAMPLE_DROP | SWC_SAMPLE_NEAR_SMI);
		idle += !samples[i].ticks;
		n[samples[i].arm & 3]++;
	}
	guest_check(!strange, "run/arms and flags", "%u are strange", strange);
	guest_check(!idle, "run/ticks", "%u samples took no time", idle);
	/* 500 expected, standard deviation 19: eight of those to each side. */
	for (i = 0; i < 4; i++)
		guest_check(n[i] > 350 && n[i] < 650, "run/an arm's share",
			    "arm %u has %u of %u", i, n[i], SAMPLES);
	guest_check(!samples[SAMPLES].ticks && !samples[SAMPLES].arm,
		    "run/nothing after the last sample", "%u ticks, arm %u",
		    samples[SAMPLES].ticks, samples[SAMPLES].arm);
	for (i = 0; i < 4; i++)
		close(arms[i]);
}

static void test_length(void)
{
	double sum[2] = {0}, n[2] = {0};
	struct swc_run run;
	int arms[2];
	uint32_t i;

	arms[0] = guest_must_load(device, "chain 1\n");
	arms[1] = guest_must_load(device, LONG_CHAIN);
	run = guest_run(arms, 2, SAMPLES);
	guest_done("length/run", ioctl(device, SWC_IOC_RUN, &run));
	for (i = 0; i < SAMPLES; i++) {
		sum[samples[i].arm & 1] += samples[i].ticks;
		n[samples[i].arm & 1]++;
	}
	guest_check(n[0] > 0 && n[1] > 0 && sum[1] / n[1] > sum[0] / n[0],
		    "length/4096 additions last longer than 1",
		    "%.1f and %.1f ticks", sum[1] / n[1], sum[0] / n[0]);
	close(arms[0]);
	close(arms[1]);
}

/* Run with a seed and keep the order of the arms. */
static bool order(const int *arms, uint64_t seed, uint8_t *kept)
{
	struct swc_run run = guest_run(arms, 2, SAMPLES);
	uint32_t i;

	run.seed = seed;
	if (ioctl(device, SWC_IOC_RUN, &run))
		return false;
	for (i = 0; i < SAMPLES; i++)
		kept[i] = samples[i].arm;
	return true;
}

static void test_seed(void)
{
	uint8_t first[SAMPLES], second[SAMPLES];
	int arms[2];

	arms[0] = guest_must_load(device, "chain 1\n");
	arms[1] = guest_must_load(device, "chain 100\n");
	guest_check(order(arms, 42, first) && order(arms, 42, second) &&
			    !memcmp(first, second, SAMPLES),
		    "seed/the same order again", "orders differ");
	guest_check(order(arms, 43, second) && memcmp(first, second, SAMPLES),
		    "seed/another order", "the order is the same");
	guest_check(order(arms, 0, second), "seed/0", "%s", strerror(errno));
	close(arms[0]);
	close(arms[1]);
}

static void test_windows(void)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	struct swc_run narrow = guest_run(&arm, 1, SAMPLES), wide = narrow;

	narrow.window_ns = 10000;
	wide.window_ns = SWC_WINDOW_MAX_NS;
	guest_done("window/narrow", ioctl(device, SWC_IOC_RUN, &narrow));
	guest_done("window/widest", ioctl(device, SWC_IOC_RUN, &wide));
	guest_check(narrow.windows > wide.windows,
		    "window/narrow ones are more", "%u and %u", narrow.windows,
		    wide.windows);
	close(arm);
}

static void note_time(int signal)
{
	(void)signal;
	signalled = guest_now();
}

/* A run that only a signal ends. Return: as ioctl(). */
static int run_for_ever(int arm, struct swc_run *run)
{
	*run = guest_run(&arm, 1, CAPACITY);
	run->warm = guest_long_warm();
	return ioctl(device, SWC_IOC_RUN, run);
}

static void set_alarm(long ms)
{
	struct itimerval when = {
		.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000},
	};
	struct sigaction action = {.sa_handler = note_time};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &when, NULL);
}

static void test_signal(void)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	struct swc_run run;
	double late;

	set_alarm(300);
	guest_refused("signal/ends the run", run_for_ever(arm, &run), EINTR);
	late = guest_now() - signalled;
	guest_check(late < 1, "signal/within a second", "after %.1f s", late);
	guest_check(run.produced < CAPACITY && run.windows,
		    "signal/reports how far it came", "%u samples, %u windows",
		    run.produced, run.windows);
	close(arm);
}

/* kill -9 in the middle of a run. */
static void test_kill(void)
{
	int arm = guest_must_load(device, LONG_CHAIN), status = 0;
	struct swc_run run;
	double late;
	pid_t pid;

	ring->head = 0; /* of the run before */
	pid = fork();
	if (!pid)
		_exit(run_for_ever(arm, &run) ? 1 : 0);
	guest_wait_samples(ring);
	kill(pid, SIGKILL);
	late = guest_now();
	waitpid(pid, &status, 0);
	late = guest_now() - late;
	guest_check(WIFSIGNALED(status), "kill/a running process dies",
		    "status %#x", status);
	guest_check(late < 2, "kill/at once", "after %.1f s", late);
	run = guest_run(&arm, 1, 10);
	guest_done("kill/the device still works",
		   ioctl(device, SWC_IOC_RUN, &run));
	close(arm);
}

static void *close_soon(void *arm)
{
	usleep(200000);
	close(*(int *)arm);
	return NULL;
}

/* The run's own reference must keep the code and the memory. */
static void test_closed_in_between(void)
{
	int arm = guest_must_load(device, LONG_CHAIN), open_arm = arm;
	struct swc_run run;
	pthread_t thread;

	if (pthread_create(&thread, NULL, close_soon, &open_arm))
		return;
	set_alarm(500);
	guest_refused("close/of an arm that runs", run_for_ever(arm, &run),
		      EINTR);
	pthread_join(thread, NULL);
	run = guest_run(&arm, 1, 10);
	guest_refused("close/afterwards it is gone",
		      ioctl(device, SWC_IOC_RUN, &run), EBADF);
}

/* A process of its own, with its own descriptors. Never returns. */
static void work(uint32_t cpu)
{
	struct swc_run run;
	int own = guest_open(), arm, i;

	guest_map(own, SAMPLES);
	for (i = 0; i < 20; i++) {
		arm = guest_must_load(own, "region s 4\nswitch s+0x4000\n"
					   "push src=rbx\npop dst=rcx\n"
					   "switch back\nchain 20\n");
		run = guest_run(&arm, 1, SAMPLES);
		run.cpu = cpu;
		if (ioctl(own, SWC_IOC_RUN, &run) ||
		    !run_is_consistent(&run, SAMPLES))
			_exit(1);
		close(arm);
	}
	_exit(0);
}

static void test_two_processes(void)
{
	pid_t pid[4];
	int i;

	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (!pid[i])
			work(i % 2);
	}
	for (i = 0; i < 4; i++)
		guest_check(guest_child_passed(pid[i]), "processes/at once",
			    "number %d failed", i);
}

int main(void)
{
	device = guest_open();
	ring = guest_ring(device, CAPACITY);
	samples = guest_samples(ring);
	test_samples();
	test_length();
	test_seed();
	test_windows();
	test_signal();
	test_kill();
	test_closed_in_between();
	test_two_processes();
	return guest_summary();
}
