// SPDX-License-Identifier: GPL-2.0
/*
 * The machine is suspended to memory while sequences are replayed, and comes back by the
 * alarm of its clock: all processes are frozen, all processors but one go, and the last
 * one loses its registers. What was loaded before has to work afterwards.
 *
 * usage: guest_suspend [TIMES]
 *
 * If the kernel can do a part of it only (/sys/power/pm_test), each part is tried
 * first. Needs two CPUs and the module loaded.
 */
#include "guest.h"

#define RUNNERS	 2
#define PATIENCE 60 /* s */

/* How a runner's calls ended; shared with it. */
struct tally {
	uint32_t done;
	uint32_t ended; /* by being frozen */
	uint32_t away;	/* the CPU was gone */
	uint32_t other;
	int error;
};

static struct tally *tallies;

/* Replays on one CPU, again and again, until it is killed. */
__attribute__((noreturn)) static void go_on(int n)
{
	static const uint32_t levels[RUNNERS] = {SWC_ISOLATION_IRQ_OFF,
						 SWC_ISOLATION_QUIESCED};
	int device = guest_open(), arm;
	struct tally *t = &tallies[n];
	struct swc_run run;

	guest_map(device, GUEST_PAGE_SAMPLES);
	arm = guest_must_load(device, "region s 1\nentry s+0x800\ncall\n"
				      "lock cmpxchg s+0x100 8\nret\n");
	for (;;) {
		run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
		run.cpu = !n;
		run.isolation = levels[n];
		run.flags = SWC_RUN_REWIND;
		if (!ioctl(device, SWC_IOC_RUN, &run)) {
			__atomic_fetch_add(&t->done, 1, __ATOMIC_RELAXED);
		} else if (errno == EINTR) {
			__atomic_fetch_add(&t->ended, 1, __ATOMIC_RELAXED);
		} else if (errno == ENODEV) {
			__atomic_fetch_add(&t->away, 1, __ATOMIC_RELAXED);
		} else {
			t->error = errno;
			__atomic_fetch_add(&t->other, 1, __ATOMIC_RELAXED);
		}
	}
}

static uint32_t done_by(int n)
{
	return __atomic_load_n(&tallies[n].done, __ATOMIC_RELAXED);
}

/* Wait until each runner has done one more call. Return: have they? */
static bool wait_for_all(void)
{
	double end = guest_now() + PATIENCE;
	uint32_t before[RUNNERS];
	int i;

	for (i = 0; i < RUNNERS; i++)
		before[i] = done_by(i);
	for (i = 0; i < RUNNERS && guest_now() < end;) {
		if (done_by(i) > before[i])
			i++;
		else
			usleep(1000);
	}
	return i == RUNNERS;
}

/* Sleep until the clock's alarm, two seconds from now. Return: did it, and came back? */
static bool suspend(void)
{
	/* An alarm that is still set would be refused. */
	guest_write("/sys/class/rtc/rtc0/wakealarm", "0");
	return guest_write("/sys/class/rtc/rtc0/wakealarm", "+2") &&
	       guest_write("/sys/power/state", "mem");
}

/* Parts of it, each of which includes those before; the kernel comes back by itself. */
static void test_parts(void)
{
	static const char *const parts[] = {"freezer", "devices", "platform",
					    "processors", "core"};
	char name[64];
	size_t i;

	if (access("/sys/power/pm_test", W_OK)) {
		printf("# no parts: a kernel without CONFIG_PM_DEBUG\n");
		return;
	}
	guest_write("/sys/module/suspend/parameters/pm_test_delay", "1");
	for (i = 0; i < GUEST_COUNT(parts); i++) {
		snprintf(name, sizeof(name), "suspend/%s", parts[i]);
		guest_done(name, guest_write("/sys/power/pm_test", parts[i]) &&
						 guest_write("/sys/power/state",
							     "mem")
					 ? 0
					 : -1);
		snprintf(name, sizeof(name), "suspend/%s: all go on", parts[i]);
		guest_check(wait_for_all(), name, "%u and %u calls", done_by(0),
			    done_by(1));
	}
	guest_write("/sys/power/pm_test", "none");
}

/* How often the kernel has slept and come back. */
static unsigned int sleeps(void)
{
	FILE *f = fopen("/sys/power/suspend_stats/success", "re");
	unsigned int n = 0;

	if (!f || fscanf(f, "%u", &n) != 1)
		guest_give_up("read how often it has slept");
	fclose(f);
	return n;
}

static void test_suspend(unsigned int times)
{
	unsigned int i, slept = 0, went_on = 0, before = sleeps();

	/* It would only idle if the firmware had nothing deeper. */
	guest_check(guest_write("/sys/power/mem_sleep", "deep"),
		    "suspend/memory alone stays on", "%s", strerror(errno));
	for (i = 0; i < times; i++) {
		slept += suspend();
		went_on += wait_for_all();
	}
	guest_check(slept == times, "suspend/sleeps and comes back",
		    "%u of %u: %s", slept, times, strerror(errno));
	guest_check(sleeps() - before == times, "suspend/the kernel says so",
		    "%u of %u", sleeps() - before, times);
	guest_check(went_on == times, "suspend/all go on", "%u of %u", went_on,
		    times);
}

static void check_tallies(void)
{
	uint32_t other = 0, ended = 0;
	int i;

	for (i = 0; i < RUNNERS; i++) {
		printf("# runner %d: %u done, %u ended, %u without a CPU\n", i,
		       tallies[i].done, tallies[i].ended, tallies[i].away);
		other += tallies[i].other;
		ended += tallies[i].ended;
	}
	guest_check(!other, "suspend/calls fail for it only", "%u: %s and %s",
		    other, strerror(tallies[0].error),
		    strerror(tallies[1].error));
	guest_check(ended, "suspend/calls were under way", "none");
}

/* Loaded and mapped before, used afterwards, on both CPUs. */
static void test_works(int device, int arm)
{
	struct swc_oracle_step steps[] = {{.kind = SWC_ORACLE_TOUCH},
					  {.kind = SWC_ORACLE_TOUCH}};
	struct swc_run run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
	struct swc_oracle ask = {.steps = (uintptr_t)steps,
				 .nsteps = GUEST_COUNT(steps),
				 .npages = 1,
				 .sequence = arm,
				 .isolation = SWC_ISOLATION_IRQ_OFF};
	int i;

	for (i = 0; i < 2; i++) {
		run.cpu = ask.cpu = i;
		run.flags = SWC_RUN_REWIND;
		guest_done("after/a run", ioctl(device, SWC_IOC_RUN, &run));
		guest_check(run.produced == GUEST_PAGE_SAMPLES && !run.traps,
			    "after/is whole", "%u samples, %u traps",
			    run.produced, run.traps);
		guest_done("after/a question",
			   ioctl(device, SWC_IOC_ORACLE, &ask));
		guest_check(steps[1].verdict == SWC_ORACLE_HIT,
			    "after/its answer", "%u", steps[1].verdict);
	}
}

int main(int argc, char **argv)
{
	int device = guest_open(), arm = guest_must_load(device, "chain 20\n");
	pid_t pids[RUNNERS];
	int i;

	guest_map(device, GUEST_PAGE_SAMPLES);
	tallies = mmap(NULL, GUEST_PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		guest_give_up("share memory");
	for (i = 0; i < RUNNERS; i++) {
		pids[i] = fork();
		if (!pids[i])
			go_on(i);
	}
	guest_check(wait_for_all(), "suspend/sequences are replayed", "none");
	test_parts();
	test_suspend(argc > 1 ? strtoul(argv[1], NULL, 0) : 3);
	for (i = 0; i < RUNNERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	check_tallies();
	test_works(device, arm);
	return guest_summary();
}
