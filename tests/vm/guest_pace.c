// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: what disturbs the whole machine has a share of the time, whoever
 * asks for it, and through however many opens. Bounds are from below: on a machine
 * that is slow or busy more time passes than they say, never less. Needs two CPUs, and
 * the module with what its tests need.
 */
#include "guest.h"

#include <x86intrin.h>

#define THIRD_CPU "/sys/devices/system/cpu/cpu2/online" /* if there is one */

#define ASKERS 2
#define RUNS   12u /* of each, long enough to be judged, at most */

/*
 * The machine stands still for a fifth of the time. It rests four times as long as it
 * has stood still, for 250 ms at most: a longer stand, as an emulated CPU's may be,
 * isn't made up for, and the module counts a sixteenth of a second of it.
 */
#define SHARE	    5
#define ONE_STAND_S (1 / 16.)

/* The oracle's question flushes all CPUs' TLBs, once a millisecond. */
#define QUESTIONS   300u
#define FLUSH_GAP_S 0.001

/* Each asker needs many windows for these samples. */
#define TEXT	"chain 4096\n"
#define SAMPLES 2000u

/**
 * struct stood - what one of the askers has come to, in TSC ticks
 * @ticks: that windows were open
 * @longest: one of them
 * @windows: how many
 * @failed: errno
 */
struct stood {
	uint64_t ticks;
	uint64_t longest;
	uint32_t windows;
	int failed;
};

static void stand_still(struct stood *stood)
{
	int device = guest_open(), arm;
	struct swc_run run;
	uint32_t i;

	guest_map(device, SAMPLES);
	arm = guest_must_load(device, TEXT);
	for (i = 0; i < RUNS && !stood->failed; i++) {
		run = guest_run(&arm, 1, SAMPLES);
		run.isolation = SWC_ISOLATION_QUIESCED;
		run.window_ns = SWC_WINDOW_MAX_NS;
		if (ioctl(device, SWC_IOC_RUN, &run))
			stood->failed = errno;
		stood->ticks += run.tsc;
		stood->windows += run.windows;
		if (run.longest > stood->longest)
			stood->longest = run.longest;
	}
}

static void *shared_memory(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		guest_give_up("map memory");
	return p;
}

/* Ticks of the TSC a second, as the kernel's clock has them. */
static double tsc_hz(double start, uint64_t first)
{
	return (__rdtsc() - first) / (guest_now() - start);
}

/*
 * By the module's own count, which includes what it takes to stop the CPUs; and by
 * what the windows themselves have counted, which can't be more.
 */
static void judge(const struct stood *stood, double hz, double elapsed)
{
	long us = guest_parameter("stood_us"),
	     n = guest_parameter("standstills");
	uint64_t ticks = 0, longest = 0;
	uint32_t i, windows = 0;

	for (i = 0; i < ASKERS; i++) {
		guest_check(!stood[i].failed, "pace/the machine stood still",
			    "%s", strerror(stood[i].failed));
		ticks += stood[i].ticks;
		windows += stood[i].windows;
		if (stood[i].longest > longest)
			longest = stood[i].longest;
	}
	guest_check(n == windows && n > 10,
		    "pace/as often as there were windows",
		    "%ld times, %u windows", n, windows);
	guest_check(us * 1e-6 <= elapsed / SHARE + ONE_STAND_S,
		    "pace/for a fifth of the time, and one window",
		    "%.4f of %.4f s, %ld times", us * 1e-6, elapsed, n);
	guest_check(longest / hz > ONE_STAND_S ||
			    ticks / hz <= elapsed / SHARE + longest / hz,
		    "pace/and so by the windows", "%.4f of %.4f s", ticks / hz,
		    elapsed);
	printf("# %.4f s, windows %.4f s, of %.4f s, %ld times\n", us * 1e-6,
	       ticks / hz, elapsed, n);
}

static void test_stand_still(void)
{
	struct stood *stood = shared_memory(ASKERS * sizeof(*stood));
	double start = guest_now(), elapsed;
	uint64_t first = __rdtsc();
	pid_t pids[ASKERS];
	uint32_t i;

	for (i = 0; i < ASKERS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			stand_still(&stood[i]);
			_exit(EXIT_SUCCESS);
		}
	}
	for (i = 0; i < ASKERS; i++)
		guest_check(guest_child_passed(pids[i]), "pace/an asker ended",
			    "it failed");
	elapsed = guest_now() - start;
	judge(stood, tsc_hz(start, first), elapsed);
}

/*
 * Asks about a CPU that isn't there, so that only the paced part takes time: the pages
 * are made, and freed, and no other CPU has to be interrupted for it. Return: was each
 * refused for that?
 */
static bool ask(uint32_t n)
{
	struct swc_oracle_step step = {.kind = SWC_ORACLE_TOUCH};
	int device = guest_open(), rc = -1;
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct swc_oracle oracle = {
			.steps = (uintptr_t)&step,
			.nsteps = 1,
			.npages = 1,
			.sequence = -1,
			.cpu = 1,
			.isolation = SWC_ISOLATION_IRQ_OFF,
		};

		rc = ioctl(device, SWC_IOC_ORACLE, &oracle) ? errno : 0;
		if (rc != ENODEV)
			break;
	}
	close(device);
	return rc == ENODEV;
}

static void test_flushes(void)
{
	double start, elapsed, least = (ASKERS * QUESTIONS - 1) * FLUSH_GAP_S;
	pid_t pids[ASKERS];
	uint32_t i;

	if (!guest_set_online("0"))
		guest_give_up("take a CPU away");
	guest_write(THIRD_CPU, "0");
	start = guest_now();
	for (i = 0; i < ASKERS; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(ask(QUESTIONS) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	for (i = 0; i < ASKERS; i++)
		guest_check(guest_child_passed(pids[i]),
			    "pace/a questioner ended", "it failed");
	elapsed = guest_now() - start;
	guest_write(THIRD_CPU, "1");
	guest_set_online("1");
	guest_check(elapsed >= least, "pace/a flush a millisecond, for all",
		    "%u in %.4f s", ASKERS * QUESTIONS, elapsed);
	printf("# %u in %.4f s\n", ASKERS * QUESTIONS, elapsed);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_stand_still();
	test_flushes();
	return guest_summary();
}
