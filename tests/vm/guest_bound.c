// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: how long it keeps a CPU is bounded, whatever a sequence does. The
 * module plants samples that are slow, as no sequence is for certain.
 *
 * Arguments: how long samples take, us, as planted (0: nothing is), and from which
 * sample on.
 */
#include "guest.h"

#define SAMPLES 2000u
#define PAGES	4000u

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

/* Trials of one victim, all alike. Return: 0 or errno. */
static int run_trials(struct swc_trials *t, uint32_t level)
{
	int arm = guest_must_load(device, "chain 10\n"), rc;
	static struct swc_trial_sample taken[10];

	*t = guest_trials(arm, taken, GUEST_COUNT(taken));
	t->isolation = level;
	rc = ioctl(device, SWC_IOC_TRIALS, t) ? errno : 0;
	close(arm);
	return rc;
}

/* All samples that are there are samples. */
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

/* Nothing is slow: what holds the timer off is rehearsed, and only that. */
static void test_rehearsed(uint32_t level)
{
	struct swc_trials t;
	struct swc_run run;
	int rc = run_chain(&run, level, SAMPLES);

	guest_check(!rc && run.produced == SAMPLES && run.replays == SAMPLES &&
			    !run.rehearsed == !holds_timer(level),
		    named(level, "a run"), "%s, %u samples, %llu replays, %llu",
		    strerror(rc), run.produced, run.replays, run.rehearsed);
	rc = run_trials(&t, level);
	guest_check(!rc && t.trials == 10 && t.replays == 10 &&
			    !t.rehearsed == !holds_timer(level),
		    named(level, "trials"),
		    "%s, %llu trials, %llu replays, %llu", strerror(rc),
		    t.trials, t.replays, t.rehearsed);
}

/* A question's replays are, and what is asked is answered as without. */
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

/* What the model refuses it refuses before anything is done. */
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

/* Each is slow: refused where the timer is held off, and carried out elsewhere. */
static void test_slow(uint32_t level)
{
	struct swc_trials t;
	struct swc_run run;
	int rc = run_chain(&run, level, 10), trials = run_trials(&t, level);

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
		    named(level, "ends behind the first window"),
		    "%s, %u samples in %u windows, head %llu, %llu ticks",
		    strerror(rc), run.produced, run.windows, ring->head,
		    run.longest);
}

/* It becomes slow in the middle: all until then counts. */
static void test_becomes_slow(uint32_t from)
{
	struct swc_run run;
	int rc = run_chain(&run, SWC_ISOLATION_IRQ_OFF, SAMPLES);

	guest_check(rc == ETIME, "middle/ends", "%s", strerror(rc));
	/* One has been rehearsed, or some. */
	guest_check(run.produced >= from / 2 && run.produced <= from &&
			    run.produced == ring->head &&
			    are_valid(run.produced),
		    "middle/what was taken is valid", "%u samples, head %llu",
		    run.produced, ring->head);
	guest_check(microseconds(run.longest) >= planted_us,
		    "middle/how long the window was", "%llu ticks",
		    run.longest);
	rc = run_chain(&run, SWC_ISOLATION_IRQ_OFF, SAMPLES);
	guest_check(rc == E2BIG && !run.produced, "middle/then it is refused",
		    "%s, %u samples", strerror(rc), run.produced);
}

int main(int argc, char **argv)
{
	uint32_t from = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, level;

	planted_us = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	device = guest_open();
	ring = guest_ring(device, SAMPLES);
	tsc_khz = guest_info(device).tsc_khz;
	if (from) {
		test_becomes_slow(from);
		return guest_summary();
	}
	for (level = 0; level < GUEST_COUNT(names); level++) {
		if (!planted_us)
			test_rehearsed(level);
		else if (planted_us * 1000ull > SWC_LONG_WINDOW_MAX_NS &&
			 !holds_timer(level))
			test_too_slow(level);
		else
			test_slow(level);
	}
	if (!planted_us) {
		test_oracle();
		test_model();
	}
	return guest_summary();
}
