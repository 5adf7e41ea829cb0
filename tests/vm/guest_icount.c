// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost where time is the number of executed instructions: QEMU with
 * -icount shift=0 advances the TSC by one tick for each. So every sample is
 * exactly known, and so is how long a window lasts.
 *
 * Arguments: a file for what was measured, to compare it with another boot.
 */
#include "device.h"
#include "guest_counting.h"
#include "kinds.h"

#define SAMPLES	      400u
#define TICKS_PER_NS  1u /* shift=0: an instruction takes 1 ns */
#define WINDOW_TICKS  (SWC_WINDOW_DEFAULT_NS * TICKS_PER_NS)
#define LONGEST_TICKS (SWC_WINDOW_MAX_NS * TICKS_PER_NS)

struct known {
	const char *name;
	const char *text;
	uint32_t instructions; /* counted by hand */
};

static const struct known sequences[] = {
	{"nothing", "mark \"again\"\n", 0},
	{"chain of 1", "chain 1\n", 1},
	{"chain of 12", "chain 12\n", 12},
	{"chain of 100", "chain 100\n", 100},
	{"chain of 4096", "chain 4096\n", 4096},
	{"loads", "region a 2\nload a+0 8\nload a+8 4\nload a+0xffc 8\n", 3},
	{"stores",
	 "region a 2\nstore a+0 8\nstore a+0x40 8 src=rbx\n"
	 "store a+0xffc 8\nstore a+9 1\n",
	 4},
	{"arithmetic",
	 "nop 1\nnop 9\nimm dst=rdx\nmov 8 dst=r9 src=rdx\n"
	 "lea 8 dst=r15 src=r9 base=rdx\nalu 8 dst=rsi src=rdi\n"
	 "mul 8 dst=r8 src=r9\ntest 8 dst=r8 src=r9\n",
	 8},
	{"memory operands",
	 "region a 1\naluload a+0 8\nrmw a+8 8 src=rcx\nlock rmw a+16 8\n"
	 "lock xadd a+24 8\nxchg a+32 8\n",
	 5},
	{"stack",
	 "region s 1\nswitch s+0x800\npush src=rbx\npush\npop\npop\n"
	 "switch back\n",
	 6},
	{"calls",
	 "region s 1\nswitch s+0x1000\ncall\ncall\nload s+0 8\nret\n"
	 "call\nret\nnop 3\nret\nswitch back\n",
	 10},
	{"two stacks",
	 "region s 1\nregion t 1\nswitch s+0x1000\ncall\nswitch t+0x800\n"
	 "push\ncall\nchain 50\nret\npop\nswitch s+0xff8\nret\n"
	 "switch back\n",
	 60},
};

static int device;
static const struct swc_sample *samples;
static FILE *record;

static int run_arms(const int *arms, uint32_t narms, struct swc_run *run)
{
	*run = guest_run(arms, narms, SAMPLES);
	return ioctl(device, SWC_IOC_RUN, run);
}

/*
 * An event of time stamps counts executed instructions, so it counts more in
 * @with than in @without by the operations that only @with has: a counter is
 * read in both by the same instructions.
 */
static void test_event(const char *name, int without, int with, uint32_t wanted)
{
	struct swc_event tsc = {.type = guest_fakepmu("type")};
	uint64_t counts[2] = {0}, n[2] = {0};
	struct swc_counting counting = {
		.events = (uintptr_t)&tsc,
		.counts = (uintptr_t)counts,
		.samples = (uintptr_t)n,
		.nevents = 1,
	};
	int arms[2] = {without, with};
	struct swc_run run = guest_run(arms, 2, SAMPLES);

	run.counting = (uintptr_t)&counting;
	if (ioctl(device, SWC_IOC_RUN, &run) || !n[0] || !n[1]) {
		guest_check(false, name, "%s, error %u", strerror(errno),
			    counting.error);
		return;
	}
	guest_check(!(counts[0] % n[0]) && !(counts[1] % n[1]) &&
			    counts[1] / n[1] - counts[0] / n[0] == wanted,
		    name, "%f and %f, wanted %u more", (double)counts[1] / n[1],
		    (double)counts[0] / n[0], wanted);
	fprintf(record, "%s: %lu %lu\n", name, (unsigned long)counts[1],
		(unsigned long)counts[0]);
}

/* The ticks of @arm, if all its samples have the same; else 0. */
static uint32_t ticks_of(uint32_t arm)
{
	uint32_t i, ticks = 0;

	for (i = 0; i < SAMPLES; i++) {
		if (samples[i].arm != arm)
			continue;
		if (samples[i].flags || (ticks && ticks != samples[i].ticks))
			return 0;
		ticks = samples[i].ticks;
	}
	return ticks;
}

static void test_sequence(int control, const struct known *k)
{
	int arms[2] = {control, guest_must_load(device, k->text)};
	struct swc_run run;
	uint32_t with, without;
	char name[64];

	snprintf(name, sizeof(name), "icount/%s", k->name);
	if (run_arms(arms, 2, &run)) {
		guest_check(false, name, "%s", strerror(errno));
		return;
	}
	without = ticks_of(0);
	with = ticks_of(1);
	guest_check(without && with && with - without == k->instructions, name,
		    "%u ticks, %u without (0: they differ); wanted %u more",
		    with, without, k->instructions);
	fprintf(record, "%s: %u %u\n", k->name, with, without);
	snprintf(name, sizeof(name), "icount/%s, by an event", k->name);
	test_event(name, control, arms[1], k->instructions);
	close(arms[1]);
}

static void test_sequences(void)
{
	int control = guest_must_load(device, "mark \"nothing\"\n");
	size_t i;

	for (i = 0; i < GUEST_COUNT(sequences); i++)
		test_sequence(control, &sequences[i]);
	close(control);
}

/* Instructions that an operation is emitted as; none of them repeats. */
static uint32_t instructions_of(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_MARK:
		return 0;
	case SWC_OP_CHAIN:
		return op->imm;
	case SWC_OP_DIV:    /* with two NOTs around it */
	case SWC_OP_XSAVE:  /* after its mask, in EDX:EAX */
	case SWC_OP_XRSTOR: /* likewise */
		return 3;
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
		return __builtin_popcount(op->imm);
	default:
		return 1;
	}
}

static void test_kind(int control, const struct kind *k, unsigned int n,
		      unsigned int before, unsigned int after)
{
	int arms[2] = {control, -1};
	uint32_t with, without, wanted = 0;
	struct error err = {0};
	struct sequence s;
	struct swc_run run;
	char name[96];
	size_t i;

	snprintf(name, sizeof(name), "icount/%u %s, after %u, before %u", n,
		 k->name, before, after);
	if (kind_sequence(k, n, before, after, &s, &err))
		guest_give_up(err.text);
	for (i = 0; i < s.nops; i++)
		wanted += instructions_of(&s.ops[i]);
	arms[1] = device_load(device, &s, 0, NULL, &err);
	sequence_free(&s);
	if (arms[1] < 0 || run_arms(arms, 2, &run)) {
		guest_check(false, name, "%s", err.text);
		return;
	}
	without = ticks_of(0);
	with = ticks_of(1);
	guest_check(without && with && with - without == wanted, name,
		    "%u ticks, %u without (0: they differ); wanted %u more",
		    with, without, wanted);
	close(arms[1]);
}

/* Each kind is seen whole: alone, and at the start, in the middle, at the end. */
static void test_kinds(void)
{
	int control = guest_must_load(device, "mark \"nothing\"\n");
	const struct kind *table;
	unsigned int n, i;

	table = kinds(&n);
	for (i = 0; i < n; i++) {
		test_kind(control, &table[i], 1, 0, 0);
		test_kind(control, &table[i], 8, 0, 0);
		test_kind(control, &table[i], 4, 0, 30);
		test_kind(control, &table[i], 4, 15, 15);
		test_kind(control, &table[i], 4, 30, 0);
	}
	close(control);
}

/* A window lasts as long as asked for and one sample, and never 2 ms. */
static void test_window(uint32_t level, uint32_t window_ns, uint32_t warm)
{
	int arm = guest_must_load(device, "chain 4096\n");
	struct swc_run run = guest_run(&arm, 1, SAMPLES);
	uint64_t sample = (warm + 1) * (4096 + 500) + 1000, limit;
	char name[80];

	run.isolation = level;
	run.window_ns = window_ns;
	run.warm = warm;
	snprintf(name, sizeof(name), "window/level %u, %u ns, %u warm", level,
		 window_ns, warm);
	limit = (window_ns ? window_ns * TICKS_PER_NS : WINDOW_TICKS) + sample;
	if (limit > LONGEST_TICKS)
		limit = LONGEST_TICKS;
	if (guest_done(name, ioctl(device, SWC_IOC_RUN, &run)))
		guest_check(run.longest && run.longest <= limit, name,
			    "%llu ticks, at most %llu", run.longest,
			    (unsigned long long)limit);
	close(arm);
}

/* A sample may take half of the longest window when it is rehearsed, and no more. */
static void test_rehearsal(uint32_t warm, int wanted)
{
	int arm = guest_must_load(device, "chain 4096\n"), rc;
	struct swc_run run = guest_run(&arm, 1, SAMPLES);
	uint64_t least = (warm + 1) * 4096;
	char name[80];

	run.warm = warm;
	run.delay_max = 0;
	snprintf(name, sizeof(name), "rehearsal/%u warm", warm);
	rc = ioctl(device, SWC_IOC_RUN, &run) ? errno : 0;
	guest_check(rc == wanted && run.rehearsed > least &&
			    run.rehearsed < least + (warm + 1) * 100 + 10000,
		    name, "%s, %llu ticks, %llu in the chains", strerror(rc),
		    run.rehearsed, (unsigned long long)least);
	close(arm);
}

static void test_windows(void)
{
	static const uint32_t levels[] = {SWC_ISOLATION_IRQ_OFF,
					  SWC_ISOLATION_QUIESCED};
	size_t i;

	for (i = 0; i < GUEST_COUNT(levels); i++) {
		test_window(levels[i], 0, 0);
		test_window(levels[i], 20000, 2);
		test_window(levels[i], SWC_WINDOW_MAX_NS, 0);
		test_window(levels[i], SWC_WINDOW_MAX_NS, 30);
	}
}

/* Trials in windows as long as there are any. */
static struct swc_trials trials(int arm, uint32_t level, uint32_t capacity)
{
	static struct swc_trial_sample taken[20000];
	struct swc_trials t = guest_trials(arm, taken, capacity);

	t.isolation = level;
	t.window_ns = SWC_WINDOW_MAX_NS;
	return t;
}

/*
 * A limit is overrun by one trial at most, be the window longer than it. If the
 * guest has idled meanwhile, its time has leapt to the next timer, and the limit has
 * left no time for a second trial: so the test takes a few tries.
 */
static void test_limit(uint32_t level)
{
	int arm = guest_must_load(device, "chain 4096\n");
	struct swc_trials one = trials(arm, level, 1), t;
	const uint64_t ms = 1000000ull * TICKS_PER_NS;
	unsigned int tries = 10;
	uint64_t most;
	bool kept;
	char name[32];

	snprintf(name, sizeof(name), "limit/level %u", level);
	guest_done(name, ioctl(device, SWC_IOC_TRIALS, &one));
	/*
	 * The surroundings of a trial in its window, such as the counters, may
	 * count twice.
	 */
	most = ms + 2 * one.longest;
	do {
		t = trials(arm, level, 20000);
		t.limit_ms = 1;
		kept = !ioctl(device, SWC_IOC_TRIALS, &t) &&
		       t.trials * 4096 < most && t.longest < most;
	} while (kept && t.trials <= 1 && --tries);
	guest_check(kept && t.trials > 1, name,
		    "%llu trials, %llu ticks, one takes %llu", t.trials,
		    t.longest, one.longest);
	close(arm);
}

static bool booted_with(const char *option)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");
	bool found = f && fgets(line, sizeof(line), f) && strstr(line, option);

	if (f)
		fclose(f);
	return found;
}

/* If two ticks of a periodic timer were masked, one would be lost. */
static void test_periodic(void)
{
	int arm = guest_must_load(device, "chain 1\n");
	struct swc_run run = guest_run(&arm, 1, SAMPLES);
	int rc;

	run.isolation = SWC_ISOLATION_LVT_MASKED;
	rc = ioctl(device, SWC_IOC_RUN, &run);
	if (booted_with("highres=off"))
		guest_refused("periodic/its ticks aren't masked", rc,
			      EOPNOTSUPP);
	else
		guest_done("periodic/single timers are", rc);
	run.isolation = SWC_ISOLATION_PREEMPT_OFF;
	guest_done("periodic/another level", ioctl(device, SWC_IOC_RUN, &run));
	close(arm);
}

int main(int argc, char **argv)
{
	record = argc == 2 ? fopen(argv[1], "w") : NULL;
	if (!record)
		guest_give_up("the file for what was measured");
	device = guest_open();
	samples = guest_map(device, SAMPLES);
	test_sequences();
	test_kinds();
	test_windows();
	test_rehearsal(0, 0);
	test_rehearsal(220, 0);
	test_rehearsal(245, E2BIG);
	test_limit(SWC_ISOLATION_NONE);
	test_limit(SWC_ISOLATION_PREEMPT_OFF);
	test_limit(SWC_ISOLATION_IRQ_OFF);
	test_periodic();
	fclose(record);
	return guest_summary();
}
