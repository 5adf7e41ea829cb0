// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost while NMIs come from outside, which no isolation holds off: none is lost
 * or taken for a cost, and replays go on, also with RSP on a stack of their own. Needs
 * vm/boot --nmis, and the module loaded.
 */
#include "guest.h"

#define SAMPLES	 1000u
#define NMIS	 30u  /* that have to hit, at each level */
#define REPLAYS	 3000 /* that have to be done meanwhile */
#define PATIENCE 200  /* s */

/* Most of its time is spent with RSP elsewhere, and amid a sample. */
#define ELSEWHERE                                        \
	"region s 1\nregion t 1\nswitch s+0x800\ncall\n" \
	"chain 4096\nswitch t+0x800\nchain 4096\n"       \
	"switch s+0x7f8\nret\nswitch back\n"

static int device;
static const struct swc_sample *samples;

/* Of the runs at one level. */
struct seen {
	uint64_t nmis, flagged, replays, produced, traps;
	uint64_t strange; /* samples flagged in a run that says that none came */
	uint64_t failed;
};

static void run_once(const struct swc_run *wanted, struct seen *seen)
{
	struct swc_run run = *wanted;
	uint32_t i, flagged = 0;

	if (ioctl(device, SWC_IOC_RUN, &run)) {
		seen->failed++;
		return;
	}
	for (i = 0; i < run.produced; i++)
		flagged += !!(samples[i].flags & SWC_SAMPLE_NMI);
	seen->nmis += run.nmis;
	seen->flagged += flagged;
	seen->replays += run.replays;
	seen->produced += run.produced;
	seen->traps += run.traps;
	if (flagged > run.nmis)
		seen->strange += flagged - run.nmis;
}

static void test_run(const char *level, uint32_t isolation, uint32_t nmis)
{
	int arm = guest_must_load(device, ELSEWHERE);
	struct swc_run run = guest_run(&arm, 1, SAMPLES);
	double end = guest_now() + PATIENCE;
	struct seen seen = {0};
	uint64_t runs = 0;
	char name[64];

	run.isolation = isolation;
	do {
		run_once(&run, &seen);
		runs++;
	} while ((seen.nmis < nmis || seen.replays < REPLAYS) &&
		 guest_now() < end);
	printf("# %s: %llu NMIs in %llu replays, %llu samples flagged\n", level,
	       (unsigned long long)seen.nmis, (unsigned long long)seen.replays,
	       (unsigned long long)seen.flagged);
	snprintf(name, sizeof(name), "nmi/%s: hit, and are counted", level);
	guest_check(seen.nmis >= nmis && seen.replays >= REPLAYS, name,
		    "%llu in %llu replays", (unsigned long long)seen.nmis,
		    (unsigned long long)seen.replays);
	/* Some hit between samples; a sample is hit by one or two. */
	snprintf(name, sizeof(name), "nmi/%s: what they hit is flagged", level);
	guest_check(seen.flagged >= seen.nmis / 4 && !seen.strange, name,
		    "%llu of %llu, %llu without one",
		    (unsigned long long)seen.flagged,
		    (unsigned long long)seen.nmis,
		    (unsigned long long)seen.strange);
	snprintf(name, sizeof(name), "nmi/%s: runs are whole", level);
	guest_check(
		!seen.failed && !seen.traps && seen.produced == runs * SAMPLES,
		name, "%llu failed, %llu traps, %llu samples of %llu runs",
		(unsigned long long)seen.failed, (unsigned long long)seen.traps,
		(unsigned long long)seen.produced, (unsigned long long)runs);
	close(arm);
}

static void test_trials(void)
{
	static struct swc_trial_sample taken[SAMPLES];
	int arm = guest_must_load(device, ELSEWHERE);
	double end = guest_now() + PATIENCE;
	struct swc_trials ask;
	uint64_t nmis = 0, flagged = 0;
	uint32_t i, failed = 0;

	do {
		ask = guest_trials(arm, taken, SAMPLES);
		ask.limit_ms = 200;
		if (ioctl(device, SWC_IOC_TRIALS, &ask)) {
			failed++;
			break;
		}
		nmis += ask.nmis;
		for (i = 0; i < ask.produced; i++)
			flagged += !!(taken[i].flags & SWC_SAMPLE_NMI);
	} while ((nmis < NMIS || !flagged) && guest_now() < end);
	guest_check(!failed && nmis >= NMIS && flagged,
		    "nmi/trials: are counted, and flagged",
		    "%llu NMIs, %llu samples; %s", (unsigned long long)nmis,
		    (unsigned long long)flagged, failed ? strerror(errno) : "");
	close(arm);
}

int main(void)
{
	device = guest_open();
	samples = guest_map(device, SAMPLES);
	test_run("preempt-off", SWC_ISOLATION_PREEMPT_OFF, NMIS);
	test_run("irq-off", SWC_ISOLATION_IRQ_OFF, NMIS);
	/* The machine isn't stopped for four fifths of the time. */
	test_run("quiesced", SWC_ISOLATION_QUIESCED, 1);
	test_trials();
	return guest_summary();
}
