// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: how long it keeps a CPU is bounded, whatever a sequence does. The
 * module plants samples that are slow, as no sequence is for certain. Needs the module
 * with what its tests need.
 *
 * With the argument "calls": only how each call ends for an operation that is slow.
 */
#include "guest.h"

#include <cpuid.h>

#define PLANTED "/sys/module/switchcost/parameters/planted_slow_"

#define SAMPLES 2000u
#define PAGES	4000u

/*
 * The limit of a window with the timer held off; a time longer than that, and
 * one longer than any window.
 */
#define LIMIT_US    (SWC_WINDOW_MAX_NS / 1000)
#define SLOW_US	    3000u
#define TOO_SLOW_US 25000u

/* Each part is rehearsed so often at most. */
#define REHEARSALS 8u
#define REPLAYS	   (2 * REHEARSALS)
#define BUSY_HOST  20u /* times that a busy host is excused */

static int device;
static struct swc_ring *ring;
static uint32_t tsc_khz;
static uint32_t planted_us;
static char name_buffer[96];

static const char *const names[] = {
	"none", "preempt-off", "lvt-masked", "irq-off", "quiesced",
};

static bool holds_timer(uint32_t level)
{
	return level >= SWC_ISOLATION_LVT_MASKED;
}

static const char *named(uint32_t level, const char *what)
{
	snprintf(name_buffer, sizeof(name_buffer), "%s/%s", names[level], what);
	return name_buffer;
}

static void set_planted(const char *what, uint32_t value)
{
	char path[80], text[16];

	snprintf(path, sizeof(path), PLANTED "%s", what);
	snprintf(text, sizeof(text), "%u", value);
	if (!guest_write(path, text))
		guest_give_up(path);
}

/* Samples take @us from now on, but not the first @from; @times of them, 0: all. */
static void plant(uint32_t us, uint32_t from, uint32_t times)
{
	set_planted("us", 0);
	set_planted("from", from);
	set_planted("times", times);
	set_planted("us", us);
	planted_us = us;
}

static bool has_hypervisor(void)
{
	uint32_t eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx >> 31;
}

static uint64_t microseconds(uint64_t ticks)
{
	return ticks * 1000 / tsc_khz;
}

/* A RUN of @samples of a short chain. Return: 0 or errno. */
static int run_chain(struct swc_run *run, uint32_t level, uint32_t samples)
{
	int arm = guest_must_load(device, "chain 10\n"), rc;

	*run = guest_run(&arm, 1, samples);
	run->isolation = level;
	rc = ioctl(device, SWC_IOC_RUN, run) ? errno : 0;
	close(arm);
	return rc;
}

/* So many TRIALS of the same. Return: 0 or errno. */
static int run_trials(struct swc_trials *t, uint32_t level, uint32_t n)
{
	int arm = guest_must_load(device, "chain 10\n"), rc;
	static struct swc_trial_sample taken[SAMPLES];

	*t = guest_trials(arm, taken, n);
	t->isolation = level;
	rc = ioctl(device, SWC_IOC_TRIALS, t) ? errno : 0;
	close(arm);
	return rc;
}

/* Are the first @n samples in the ring valid? */
static bool are_valid(uint32_t n)
{
	const struct swc_sample *samples = guest_samples(ring);
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (samples[i].arm || !samples[i].ticks)
			return false;
	}
	return true;
}

/* Nothing is slow: levels that hold the timer off are rehearsed, and only those. */
static void test_rehearsed(uint32_t level)
{
	struct swc_trials t;
	struct swc_run run;
	int rc = run_chain(&run, level, SAMPLES);

	guest_check(!rc && run.produced == SAMPLES && run.replays == SAMPLES &&
			    !run.rehearsed == !holds_timer(level),
		    named(level, "a run"), "%s, %u samples, %llu replays, %llu",
		    strerror(rc), run.produced, run.replays, run.rehearsed);
	rc = run_trials(&t, level, 10);
	guest_check(!rc && t.trials == 10 && t.replays == 10 &&
			    !t.rehearsed == !holds_timer(level),
		    named(level, "trials"),
		    "%s, %llu trials, %llu replays, %llu", strerror(rc),
		    t.trials, t.replays, t.rehearsed);
}

/* A question's replays are rehearsed, and the answers are the same as without. */
static void test_oracle(void)
{
	int arm = guest_must_load(device, "region a 1\nload a+0 8\n");
	struct swc_oracle_step steps[] = {
		{.kind = SWC_ORACLE_REPLAY},
		{.kind = SWC_ORACLE_TOUCH},
		{.kind = SWC_ORACLE_REPLAY},
	};
	struct swc_oracle o = {
		.steps = (uintptr_t)steps,
		.nsteps = GUEST_COUNT(steps),
		.npages = 1,
		.sequence = arm,
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};
	int rc = ioctl(device, SWC_IOC_ORACLE, &o) ? errno : 0;

	guest_check((!rc || rc == EOPNOTSUPP) && o.rehearsed && o.ticks,
		    "oracle/replays are rehearsed", "%s, %llu ticks, %llu",
		    strerror(rc), o.ticks, o.rehearsed);
	guest_check(steps[1].verdict == SWC_ORACLE_NONE,
		    "oracle/touches aren't", "%u", steps[1].verdict);
	o.sequence = -1;
	o.nsteps = 1;
	steps[0].kind = SWC_ORACLE_INVALIDATE;
	rc = ioctl(device, SWC_IOC_ORACLE, &o) ? errno : 0;
	guest_check(!rc && !o.rehearsed, "oracle/without a replay nothing is",
		    "%s, %llu", strerror(rc), o.rehearsed);
	close(arm);
}

/* Pages that no TLB holds, once each: the text of it. */
static char *scattered_pages(uint32_t pages)
{
	char *text = malloc(32 * (pages + 1)), *at = text;
	uint32_t i;

	if (!text)
		guest_give_up("memory");
	at += sprintf(at, "region a %u\n", pages);
	for (i = 0; i < pages; i++)
		at += sprintf(at, "load a+%u 8\n",
			      i * 1627 % pages * GUEST_PAGE + i % 64 * 64);
	return text;
}

/* The model refuses a call before anything is done. */
static void test_model(void)
{
	const char *copy = "region a 1024\ncopy a+1 2000000 1 from=a+0\n";
	char *text = scattered_pages(PAGES);
	int arm = guest_must_load(device, text), fd;
	struct swc_run run = guest_run(&arm, 1, 10);
	struct swc_load load;

	free(text);
	run.warm = 10;
	guest_refused("model/many pages, again and again",
		      ioctl(device, SWC_IOC_RUN, &run), E2BIG);
	guest_check(!run.rehearsed && !run.produced, "model/before any of it",
		    "%llu ticks, %u samples", run.rehearsed, run.produced);
	close(arm);
	fd = guest_load(device, copy, &load);
	guest_check(fd < 0 && load.error == SWC_ERR_TIME,
		    "model/a copy byte by byte", "%d, error %u", fd,
		    load.error);
}

/*
 * Each sample is slow: refused if the level holds the timer off, and carried
 * out else.
 */
static void test_slow(uint32_t level)
{
	struct swc_trials t;
	struct swc_run run;
	int rc = run_chain(&run, level, 10);
	int trials = run_trials(&t, level, 10);
	unsigned int i;

	/* A busy host may run somebody else for longer than a window, rehearsals too. */
	for (i = 0; i < BUSY_HOST && rc == ETIME; i++)
		rc = run_chain(&run, level, 10);
	for (i = 0; i < BUSY_HOST && trials == ETIME; i++)
		trials = run_trials(&t, level, 10);
	if (holds_timer(level)) {
		guest_check(rc == E2BIG && !run.produced && !run.windows,
			    named(level, "refused"), "%s, %u in %u windows",
			    strerror(rc), run.produced, run.windows);
		guest_check(microseconds(run.rehearsed) >= planted_us,
			    named(level, "and how long it took"), "%llu ticks",
			    run.rehearsed);
		guest_check(trials == E2BIG && !t.trials && !t.windows &&
				    microseconds(t.rehearsed) >= planted_us,
			    named(level, "trials, too"), "%s, %llu, %llu ticks",
			    strerror(trials), t.trials, t.rehearsed);
		return;
	}
	guest_check(!rc && run.produced == 10 &&
			    microseconds(run.longest) >= planted_us,
		    named(level, "carried out"), "%s, %u samples, %llu ticks",
		    strerror(rc), run.produced, run.longest);
	guest_check(!trials && t.trials == 10, named(level, "trials, too"),
		    "%s, %llu", strerror(trials), t.trials);
}

/* Slower than even the longest window: it ends with the first. */
static void test_too_slow(uint32_t level)
{
	struct swc_run run;
	int rc = run_chain(&run, level, 10);

	guest_check(rc == ETIME && run.windows == 1 && run.produced == 1 &&
			    ring->head == 1 && are_valid(1) &&
			    microseconds(run.longest) >= planted_us,
		    named(level, "ends after the first window"),
		    "%s, %u samples in %u windows, head %llu, %llu ticks",
		    strerror(rc), run.produced, run.windows, ring->head,
		    run.longest);
}

/**
 * struct told - what has come of a call
 * @rc: 0 or errno
 * @done: samples taken, trials, or verdicts after the last replay
 * @longest: ticks of the longest window
 * @rehearsed: ticks of the longest rehearsal
 */
struct told {
	int rc;
	uint64_t done;
	uint64_t longest;
	uint64_t rehearsed;
};

static struct told ask_run(void)
{
	struct swc_run run;
	int rc = run_chain(&run, SWC_ISOLATION_IRQ_OFF, SAMPLES);

	guest_check(run.produced == ring->head && are_valid(run.produced),
		    "RUN/what was taken is valid", "%u samples, head %llu",
		    run.produced, ring->head);
	return (struct told){rc, run.produced, run.longest, run.rehearsed};
}

static struct told ask_trials(void)
{
	struct swc_trials t;
	int rc = run_trials(&t, SWC_ISOLATION_IRQ_OFF, SAMPLES);

	return (struct told){rc, t.trials, t.longest, t.rehearsed};
}

/* A touch, replays, and the touch again. */
static struct told ask_oracle(void)
{
	int arm = guest_must_load(device, "region a 1\nload a+0 8\n"), rc;
	struct swc_oracle_step steps[REPLAYS + 2];
	struct swc_oracle o = {
		.steps = (uintptr_t)steps,
		.nsteps = GUEST_COUNT(steps),
		.npages = 1,
		.sequence = arm,
		.isolation = SWC_ISOLATION_IRQ_OFF,
	};
	uint32_t i;

	for (i = 0; i < GUEST_COUNT(steps); i++)
		steps[i] = (struct swc_oracle_step){.kind = SWC_ORACLE_REPLAY};
	steps[0].kind = steps[REPLAYS + 1].kind = SWC_ORACLE_TOUCH;
	rc = ioctl(device, SWC_IOC_ORACLE, &o) ? errno : 0;
	close(arm);
	guest_check(steps[0].verdict == SWC_ORACLE_NONE,
		    "ORACLE/the script is carried out once",
		    "verdict %u of a first touch", steps[0].verdict);
	return (struct told){
		.rc = rc,
		.done = steps[REPLAYS + 1].verdict != SWC_ORACLE_NONE,
		.longest = o.ticks,
		.rehearsed = o.rehearsed,
	};
}

/**
 * struct call - a call that opens windows
 * @name: what it is called
 * @ask: makes it
 * @from: so many of its operations aren't slow; more than are rehearsed
 * @all: that it does in all, as it reports
 * @least: that it has done when it ends for one that is slow; of @from some may go
 *	into rehearsals, more if a host interrupts windows
 * @most: likewise
 */
static const struct call {
	const char *name;
	struct told (*ask)(void);
	uint32_t from;
	uint32_t all;
	uint32_t least;
	uint32_t most;
} calls[] = {
	{"RUN", ask_run, 200, SAMPLES, 100, 200},
	{"TRIALS", ask_trials, 200, SAMPLES, 100, 200},
	{"ORACLE", ask_oracle, REHEARSALS, 1, 0, 0},
};

static void check_call(const struct call *call, const char *what, bool ok,
		       const struct told *told)
{
	char name[96];

	snprintf(name, sizeof(name), "%s/%s", call->name, what);
	guest_check(ok, name, "%s, %llu done, %llu ticks, rehearsed %llu",
		    strerror(told->rc), (unsigned long long)told->done,
		    (unsigned long long)told->longest,
		    (unsigned long long)told->rehearsed);
}

/* Has it ended with the slow one, and reported what was done until then? */
static bool has_ended(const struct call *call, const struct told *told)
{
	return told->rc == ETIME && told->done >= call->least &&
	       told->done <= call->most &&
	       microseconds(told->longest) >= planted_us;
}

/*
 * All is slow from one operation on, and so are the rehearsals that may judge
 * the end.
 */
static void test_becomes_slow(const struct call *call)
{
	struct told told;

	plant(SLOW_US, call->from, 0);
	told = call->ask();
	check_call(call, "becomes slow, and ends", has_ended(call, &told),
		   &told);
	told = call->ask();
	check_call(call, "and then is refused",
		   told.rc == E2BIG && !told.done && !told.longest &&
			   microseconds(told.rehearsed) >= planted_us,
		   &told);
}

/*
 * One is slow, and no rehearsal after it is. Under a hypervisor that time may have gone
 * to another guest, so the call goes on; on bare metal the sequence has taken it.
 */
static void test_slow_once(const struct call *call)
{
	bool elsewhere = has_hypervisor();
	struct told told;

	plant(SLOW_US, call->from, 1);
	told = call->ask();
	if (elsewhere)
		check_call(call, "slow once, under a hypervisor: goes on",
			   !told.rc && told.done == call->all &&
				   microseconds(told.longest) >= LIMIT_US,
			   &told);
	else
		check_call(call, "slow once, on bare metal: ends",
			   has_ended(call, &told), &told);
	told = call->ask();
	check_call(call, "and then isn't slow",
		   !told.rc && told.done == call->all, &told);
}

static void test_levels(void)
{
	uint32_t level;

	for (level = 0; level < GUEST_COUNT(names); level++)
		test_rehearsed(level);
	plant(SLOW_US, 0, 0);
	for (level = 0; level < GUEST_COUNT(names); level++)
		test_slow(level);
	plant(TOO_SLOW_US, 0, 0);
	for (level = 0; level < GUEST_COUNT(names); level++) {
		if (holds_timer(level))
			test_slow(level);
		else
			test_too_slow(level);
	}
	plant(0, 0, 0);
}

int main(int argc, char **argv)
{
	bool calls_only = argc > 1 && !strcmp(argv[1], "calls");
	size_t i;

	device = guest_open();
	ring = guest_ring(device, SAMPLES);
	tsc_khz = guest_info(device).tsc_khz;
	if (!calls_only) {
		test_levels();
		test_oracle();
		test_model();
	}
	for (i = 0; i < GUEST_COUNT(calls); i++) {
		test_becomes_slow(&calls[i]);
		test_slow_once(&calls[i]);
	}
	return guest_summary();
}
