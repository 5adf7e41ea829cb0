// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: what each level of isolation holds off, that nothing held off
 * is lost, and that each unwinds, whatever happens in its middle.
 */
#include "guest.h"

#include <sys/io.h>
#include <sys/times.h>

#define SAMPLES 2000u

/* With guest_long_warm(), a run of so many doesn't end by itself while a test waits. */
#define LONG_CHAIN "chain 4096\n"
#define CAPACITY   200000u

/* Sleeps of a task on the CPU that is measured. */
#define SLEEPS	 100
#define SLEEP_US 5000
#define PATIENCE 30 /* s: what is waited for takes a small part of it */

#define LEVELS (SWC_ISOLATION_QUIESCED + 1u)

static const char *const names[LEVELS] = {
	"none", "preempt-off", "lvt-masked", "irq-off", "quiesced",
};

static int device;
static const struct swc_sample *samples;
static char name_buffer[128];

static const char *named(uint32_t level, const char *what)
{
	snprintf(name_buffer, sizeof(name_buffer), "%s/%s", names[level], what);
	return name_buffer;
}

static struct swc_run long_run(const int *arm, uint32_t level)
{
	struct swc_run run = guest_run(arm, 1, CAPACITY);

	run.isolation = level;
	run.warm = guest_long_warm();
	return run;
}

static void test_runs(uint32_t level)
{
	const char *text = "region s 1\nregion t 2\nswitch s+0x1000\n"
			   "push src=rbx\nswitch t+0x1f00\ncall\nchain 20\n"
			   "ret\nswitch s+0xff8\npop dst=rbx\nswitch back\n";
	int arms[2] = {guest_must_load(device, "chain 10\n"),
		       guest_must_load(device, text)};
	struct swc_run run = guest_run(arms, 2, SAMPLES);
	uint32_t i, strange = 0, migrated = 0;

	run.isolation = level;
	run.warm = 2;
	if (!guest_done(named(level, "a run"),
			ioctl(device, SWC_IOC_RUN, &run)))
		return;
	guest_check(run.produced == SAMPLES && run.windows && !run.traps &&
			    run.replays == SAMPLES * 3ull && run.tsc &&
			    run.longest && run.longest <= run.tsc,
		    named(level, "what it says"),
		    "produced %u, windows %u, traps %u, replays %llu, tsc "
		    "%llu, longest %llu",
		    run.produced, run.windows, run.traps, run.replays, run.tsc,
		    run.longest);
	for (i = 0; i < SAMPLES; i++) {
		strange += samples[i].arm > 1 || !samples[i].ticks;
		migrated += !!(samples[i].flags & SWC_SAMPLE_MIGRATED);
	}
	guest_check(!strange && !migrated, named(level, "its samples"),
		    "%u strange, %u migrated", strange, migrated);
	guest_check(level != SWC_ISOLATION_NONE || run.windows == SAMPLES,
		    named(level, "a sample is a window"), "%u windows",
		    run.windows);
	close(arms[0]);
	close(arms[1]);
}

/* Runs until an interrupt hit a sample, or for so many seconds. */
static void watch(uint32_t level, double limit, uint64_t *interrupts,
		  uint64_t *hit)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	double end = guest_now() + limit;
	struct swc_run run;
	uint32_t i;

	*interrupts = *hit = 0;
	do {
		run = long_run(&arm, level);
		run.samples = 1000;
		if (ioctl(device, SWC_IOC_RUN, &run))
			break;
		*interrupts += run.interrupts;
		for (i = 0; i < run.produced; i++)
			*hit += !!(samples[i].flags & SWC_SAMPLE_INTERRUPT);
	} while (guest_now() < end && !(*hit && *interrupts > 100));
	close(arm);
}

/*
 * With the timer's 250 a second, two seconds without one say enough. One that shall
 * come is waited for, since an emulated CPU may get little time.
 */
static void test_interrupts(uint32_t level)
{
	bool come = level == SWC_ISOLATION_NONE ||
		    level == SWC_ISOLATION_PREEMPT_OFF;
	uint64_t interrupts, hit;

	watch(level, come ? PATIENCE : 2, &interrupts, &hit);
	if (come)
		guest_check(hit && interrupts >= hit,
			    named(level, "interrupts are seen"),
			    "%llu in windows, in %llu samples",
			    (unsigned long long)interrupts,
			    (unsigned long long)hit);
	else if (level == SWC_ISOLATION_LVT_MASKED)
		/* Other CPUs' still come, a few. */
		guest_check(interrupts < 50, named(level, "the timer is quiet"),
			    "%llu in windows", (unsigned long long)interrupts);
	else
		guest_check(!interrupts && !hit, named(level, "no interrupts"),
			    "%llu in windows, in %llu samples",
			    (unsigned long long)interrupts,
			    (unsigned long long)hit);
}

/* The kernel's count of ticks, in 1/100 s, against its clock. */
static double ticks_behind(void)
{
	static double clock;
	static clock_t ticks;
	struct tms unused;
	double now = guest_now(), before = clock;
	clock_t count = times(&unused), first = ticks;

	clock = now;
	ticks = count;
	return now - before - (count - first) / 100.0;
}

/*
 * A task that sleeps on the very CPU, with a timer of that CPU: if a window ate
 * one, nothing would ever set the next.
 */
static void test_timers(uint32_t level)
{
	int arm = guest_must_load(device, LONG_CHAIN), i, status;
	double end = guest_now() + PATIENCE, behind;
	struct swc_run run;
	pid_t pid = fork(), done;

	if (!pid) {
		guest_pin(0);
		for (i = 0; i < SLEEPS; i++)
			usleep(SLEEP_US);
		_exit(0);
	}
	ticks_behind();
	do {
		run = long_run(&arm, level);
		run.samples = 200;
		if (ioctl(device, SWC_IOC_RUN, &run))
			break;
		done = waitpid(pid, &status, WNOHANG);
	} while (!done && guest_now() < end);
	behind = ticks_behind();
	if (!guest_check(done == pid, named(level, "no timer is lost"),
			 "a task of %d ms isn't done after %d s",
			 SLEEPS * SLEEP_US / 1000, PATIENCE)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	guest_check(behind < 0.2 && behind > -0.2,
		    named(level, "no tick is lost"), "%.2f s behind", behind);
	close(arm);
}

static void nothing(int signal)
{
	(void)signal;
}

/* The signal comes when the run has shown that it's under way. */
static void test_signal(uint32_t level)
{
	int arm = guest_must_load(device, LONG_CHAIN), own = guest_open();
	struct swc_ring *ring = guest_ring(own, CAPACITY);
	struct swc_run run = long_run(&arm, level);
	struct sigaction action = {.sa_handler = nothing};
	pid_t pid;

	sigaction(SIGALRM, &action, NULL);
	pid = fork();
	if (!pid) {
		guest_wait_samples(ring);
		kill(getppid(), SIGALRM);
		_exit(EXIT_SUCCESS);
	}
	guest_refused(named(level, "a signal ends it"),
		      ioctl(own, SWC_IOC_RUN, &run), EINTR);
	guest_check(run.produced && run.produced < CAPACITY,
		    named(level, "it reports how far it came"), "%u",
		    run.produced);
	guest_check(guest_child_passed(pid), named(level, "it was under way"),
		    "the child failed");
	munmap(ring, guest_ring_bytes(CAPACITY));
	close(own);
	close(arm);
}

/* A child that runs on CPU 1 for ever. It exits with the run's errno. */
static pid_t start_run(int arm, uint32_t level)
{
	struct swc_run run = long_run(&arm, level);
	int own = guest_open();
	struct swc_ring *ring = guest_ring(own, CAPACITY);
	pid_t pid = fork();

	if (!pid) {
		run.cpu = 1;
		_exit(ioctl(own, SWC_IOC_RUN, &run) ? errno : 0);
	}
	guest_wait_samples(ring);
	munmap(ring, guest_ring_bytes(CAPACITY));
	close(own);
	return pid;
}

/* Wait for it, but not for ever. Return: its exit code, or -1. */
static int end_run(pid_t pid, double limit)
{
	double end = guest_now() + limit;
	int status = 0;

	while (guest_now() < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static void test_still_works(int arm, uint32_t level, const char *what)
{
	struct swc_run run = guest_run(&arm, 1, 100);

	run.isolation = level;
	run.cpu = 1;
	guest_done(named(level, what), ioctl(device, SWC_IOC_RUN, &run));
}

static void test_stopped(uint32_t level)
{
	int arm = guest_must_load(device, LONG_CHAIN), status, rc;
	pid_t pid = start_run(arm, level);

	kill(pid, SIGSTOP);
	guest_check(waitpid(pid, &status, WUNTRACED) == pid &&
			    WIFSTOPPED(status),
		    named(level, "stops"), "status %#x", status);
	test_still_works(arm, level, "another runs meanwhile");
	kill(pid, SIGCONT);
	rc = end_run(pid, PATIENCE);
	guest_check(rc == EINTR, named(level, "continued: interrupted"), "%d",
		    rc);
	close(arm);
}

static void test_killed(uint32_t level)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	pid_t pid = start_run(arm, level);

	kill(pid, SIGKILL);
	end_run(pid, PATIENCE);
	test_still_works(arm, level, "killed: another runs");
	close(arm);
}

static void test_offline(uint32_t level)
{
	int arm = guest_must_load(device, LONG_CHAIN), rc;
	pid_t pid = start_run(arm, level);

	guest_check(guest_set_online("0"), named(level, "the CPU goes"), "%s",
		    strerror(errno));
	rc = end_run(pid, PATIENCE);
	guest_check(rc == ENODEV, named(level, "the run ends"), "%d", rc);
	guest_check(guest_set_online("1"), named(level, "the CPU comes back"),
		    "%s", strerror(errno));
	test_still_works(arm, level, "and can be used");
	close(arm);
}

static void test_trap(uint32_t level)
{
	static const char *const texts[] = {
		"nop 1\ntrap\nnop 1\n",
		"region s 1\nswitch s+0\ntrap\nswitch back\n",
	};
	struct swc_run run;
	size_t i;
	int arm;

	for (i = 0; i < GUEST_COUNT(texts); i++) {
		arm = guest_must_load(device, texts[i]);
		run = guest_run(&arm, 1, 100);
		run.isolation = level;
		guest_refused(named(level, "a fault is recovered"),
			      ioctl(device, SWC_IOC_RUN, &run), EIO);
		guest_check(run.traps && !run.produced,
			    named(level, "and reported"),
			    "traps %u, produced %u", run.traps, run.produced);
		close(arm);
	}
	arm = guest_must_load(device, "chain 1\n");
	test_still_works(arm, level, "a run after faults");
	close(arm);
}

/*
 * On QEMU's chipset a write to the power management's command port raises an SMI
 * on CPU 0, whoever writes.
 */
#define SMI_PORT    0xb2
#define SMI_COMMAND 0

static void raise_smis(void)
{
	if (iopl(3))
		_exit(1);
	for (;;) {
		outb(SMI_COMMAND, SMI_PORT);
		usleep(2000);
	}
}

static void test_smis(uint32_t level)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	uint64_t smis = 0, near = 0, other = 0;
	double end = guest_now() + PATIENCE;
	struct swc_run run;
	uint32_t i;
	pid_t pid;

	run = guest_run(&arm, 1, SAMPLES);
	run.isolation = level;
	guest_done(named(level, "a run without SMIs"),
		   ioctl(device, SWC_IOC_RUN, &run));
	for (i = 0; i < run.produced; i++)
		other += !!(samples[i].flags & SWC_SAMPLE_NEAR_SMI);
	guest_check(!run.smis && !other, named(level, "no SMI"), "%u, %llu",
		    run.smis, (unsigned long long)other);
	pid = fork();
	if (!pid) {
		guest_pin(1);
		raise_smis();
	}
	do {
		if (ioctl(device, SWC_IOC_RUN, &run))
			break;
		smis += run.smis;
		for (i = 0; i < run.produced; i++)
			near += !!(samples[i].flags & SWC_SAMPLE_NEAR_SMI);
	} while (guest_now() < end && !smis);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	guest_check(smis && near >= 1 && near < run.produced,
		    named(level, "SMIs are seen"),
		    "%llu, near %llu samples of %u", (unsigned long long)smis,
		    (unsigned long long)near, run.produced);
	close(arm);
}

/* A small run tests all of the usual level, and only that the others run. */
static void test_level(uint32_t level, uint64_t capabilities, bool small)
{
	if (!guest_check(capabilities & SWC_CAP_ISOLATION(level),
			 named(level, "is offered"), "%#llx",
			 (unsigned long long)capabilities))
		return;
	test_runs(level);
	if (small && level != SWC_ISOLATION_IRQ_OFF)
		return;
	test_interrupts(level);
	test_timers(level);
	/* While all stand still, nobody can raise one here. */
	if (level != SWC_ISOLATION_QUIESCED && capabilities & SWC_CAP_SMI_COUNT)
		test_smis(level);
	test_signal(level);
	test_stopped(level);
	test_killed(level);
	test_offline(level);
	if (capabilities & SWC_CAP_TRAP)
		test_trap(level);
}

int main(int argc, char **argv)
{
	uint64_t capabilities;
	uint32_t level;

	device = guest_open();
	samples = guest_map(device, CAPACITY);
	capabilities = guest_info(device).capabilities;
	for (level = 0; level < LEVELS; level++)
		test_level(level, capabilities, guest_is_small(argc, argv));
	return guest_summary();
}
