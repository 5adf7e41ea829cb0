// SPDX-License-Identifier: GPL-2.0
/*
 * Trials of evictions in ring 0: how many, of what, in which order, and on which
 * physical pages; bad arguments; interruption. Their times mean nothing here.
 */
#include "guest.h"

#include <stddef.h>
#include <sys/time.h>

#include "engine/probe.h"
#include "trial_kernel.h"

#define VICTIMS	 96u
#define PAGES	 12u
#define CAPACITY 6000u
#define LINE	 64u

/* So long that trials of all CAPACITY samples don't end by themselves soon. */
#define LONG_CHAIN "chain 4096\nchain 4096\nchain 4096\n"
#define LONG_WARM  100u

static int device;
static struct swc_trial_source sources[SWC_MAX_TRIAL_ARMS];
static struct swc_trial_victim victims[VICTIMS];
static struct swc_trial_sample samples[CAPACITY];
static __u64 frames[PAGES];
static __u32 order[VICTIMS];

/* Nothing wrong: two arms, weights 3 and 1, eight lines on each page. */
static struct swc_trials good(int arm)
{
	uint32_t i;

	memset(sources, 0, sizeof(sources));
	sources[0] = (struct swc_trial_source){.sequence = arm, .weight = 3};
	sources[1] = (struct swc_trial_source){
		.sequence = arm,
		.last = SWC_TRIAL_LAST_FLUSH,
		.weight = 1,
	};
	for (i = 0; i < VICTIMS; i++) {
		victims[i].offset =
			i % PAGES * GUEST_PAGE + i / PAGES * 8 * LINE;
		victims[i].partner = i % PAGES * GUEST_PAGE;
	}
	return (struct swc_trials){
		.sources = (uintptr_t)sources,
		.victims = (uintptr_t)victims,
		.samples = (uintptr_t)samples,
		.frames = (uintptr_t)frames,
		.seed = 1,
		.narms = 2,
		.nvictims = VICTIMS,
		.npages = PAGES,
		.capacity = CAPACITY,
		.isolation = SWC_ISOLATION_IRQ_OFF,
		.warm = 1,
		.passes = 2,
		.probes = 1,
		.delay_max = 10,
	};
}

static int run(struct swc_trials *t)
{
	return ioctl(device, SWC_IOC_TRIALS, t);
}

static void test_capability(void)
{
	struct swc_info info = guest_info(device);

	guest_check(info.capabilities & SWC_CAP_TRIALS, "trials/are offered",
		    "%#llx", info.capabilities);
}

/*
 * Each arm must ask for each victim as often as for all others, and arms come
 * by weight.
 */
static void check_samples(const struct swc_trials *t)
{
	uint32_t i, least, most, seen[2][VICTIMS] = {{0}}, n[2] = {0};
	uint32_t strange = 0;

	for (i = 0; i < t->produced; i++) {
		const struct swc_trial_sample *s = &samples[i];

		if (s->arm > 1 || s->victim >= VICTIMS || !s->ticks ||
		    !s->hit || s->length >= SWC_PROBE_LENGTHS ||
		    s->place != i % t->probes) {
			strange++;
			continue;
		}
		n[s->arm]++;
		seen[s->arm][s->victim]++;
	}
	guest_check(!strange, "samples/arm, victim, ticks, hit, length, place",
		    "%u are strange", strange);
	/* 4500 expected, standard deviation 34 (ten trials: 106). */
	guest_check(n[0] > 3700 && n[0] < 5300, "samples/weights", "%u, %u",
		    n[0], n[1]);
	least = most = seen[0][0];
	for (i = 0; i < VICTIMS; i++) {
		least = seen[0][i] < least ? seen[0][i] : least;
		most = seen[0][i] > most ? seen[0][i] : most;
	}
	guest_check(most - least <= 1, "samples/each victim as often",
		    "%u to %u times", least, most);
}

static void test_samples(uint32_t isolation, uint32_t probes)
{
	int arm = guest_must_load(device, "region a 2\nload a+0 8\n");
	struct swc_trials t = good(arm);

	t.isolation = isolation;
	t.probes = probes;
	memset(samples, 0, sizeof(samples));
	if (guest_done("samples/are taken", run(&t))) {
		guest_check(t.produced == CAPACITY &&
				    t.trials == CAPACITY / probes &&
				    t.replays == 2 * t.trials,
			    "samples/how many", "%u, %llu trials, %llu replays",
			    t.produced, t.trials, t.replays);
		guest_check(t.windows && t.longest, "samples/windows",
			    "%u, %llu ticks", t.windows, t.longest);
		check_samples(&t);
	}
	close(arm);
}

/* The same seed, the same arms and victims, in the same order. */
static void test_seed(void)
{
	static struct swc_trial_sample before[CAPACITY];
	int arm = guest_must_load(device, "chain 1\n"), same, i;
	struct swc_trials t = good(arm);
	uint64_t seed;

	guest_done("seed/1", run(&t));
	memcpy(before, samples, sizeof(before));
	for (seed = 1; seed <= 2; seed++) {
		t = good(arm);
		t.seed = seed;
		guest_done("seed/again", run(&t));
		for (i = 0, same = 0; i < (int)CAPACITY; i++)
			same += samples[i].arm == before[i].arm &&
				samples[i].victim == before[i].victim;
		guest_check((same == (int)CAPACITY) == (seed == 1),
			    "seed/decides the order",
			    "seed %llu: %d of %u alike",
			    (unsigned long long)seed, same, CAPACITY);
	}
	close(arm);
}

/* A frame for each page, or one for all; sets follow from frames and lines. */
static void test_frames(void)
{
	int arm = guest_must_load(device, "chain 1\n");
	struct swc_trials t = good(arm);
	uint32_t i, j, alike = 0, wrong = 0;

	guest_done("frames/one each", run(&t));
	for (i = 0; i < PAGES; i++) {
		for (j = 0; j < i; j++)
			alike += frames[i] == frames[j];
	}
	guest_check(!alike && frames[0], "frames/differ", "%u are alike",
		    alike);
	for (i = 0; i < VICTIMS; i++)
		wrong += trial_kernel_set(frames, &victims[i], 1024) !=
			 (frames[i % PAGES] % 16 * 64 + i / PAGES * 8);
	guest_check(!wrong, "frames/sets", "%u are wrong", wrong);
	t = good(arm);
	t.flags = SWC_TRIALS_ONE_FRAME;
	for (i = 0; i < VICTIMS; i++)
		victims[i].partner = victims[i].offset % GUEST_PAGE;
	guest_done("frames/one for all", run(&t));
	for (i = 1, alike = 1; i < PAGES; i++)
		alike += frames[i] == frames[0];
	guest_check(alike == PAGES, "frames/are alike", "%u of %u", alike,
		    PAGES);
	close(arm);
}

/* References and ways of priming that are to be accepted. */
static void test_ways(void)
{
	int arm = guest_must_load(device, "chain 1\n");
	struct swc_trials t = good(arm);
	uint32_t i;

	t.flags = SWC_TRIALS_CHASE;
	guest_done("ways/chase", run(&t));
	t = good(arm);
	sources[0].last = SWC_TRIAL_LAST_TOUCH;
	sources[0].sweep_lines = 1024;
	sources[1].last = SWC_TRIAL_LAST_INVLPG;
	sources[1].sweep_pages = 256;
	t.probes = 8;
	guest_done("ways/sweeps", run(&t));
	for (i = 0; i < VICTIMS; i++)
		order[i] = VICTIMS - 1 - i;
	for (i = 0; i < 2; i++) {
		t = good(arm);
		t.order = (uintptr_t)order;
		t.flags = i ? SWC_TRIALS_CHASE : 0;
		guest_done("ways/primed in another order", run(&t));
		check_samples(&t);
	}
	/* A ring that leaves most victims out must not lead out of them. */
	memset(order, 0, sizeof(order));
	order[1] = VICTIMS - 1;
	guest_done("ways/primed some twice", run(&t));
	t = good(arm);
	t.frames = 0;
	t.warm = 0;
	t.capacity = 7;
	t.probes = 4;
	guest_done("ways/no room for a second trial", run(&t));
	guest_check(t.produced == 4 && t.trials == 1, "ways/only one is taken",
		    "%u, %llu", t.produced, t.trials);
	close(arm);
}

static void test_limit(void)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	struct swc_trials t = good(arm);
	double start = guest_now(), took;

	t.warm = LONG_WARM;
	t.isolation = SWC_ISOLATION_PREEMPT_OFF;
	t.limit_ms = 100;
	guest_done("limit/ends it", run(&t));
	took = guest_now() - start;
	guest_check(took < 2 && t.produced && t.produced < CAPACITY,
		    "limit/in time", "%.1f s, %u samples", took, t.produced);
	close(arm);
}

/*
 * So many trials in all tries of a limit are enough; and the longest limit that
 * is tried, in ms.
 */
#define MANY_TRIALS   100
#define LONGEST_LIMIT 1280

/* The number of trials that a limit leaves time for, in a few tries. */
static unsigned int trials_within(int arm, uint32_t isolation,
				  uint32_t limit_ms)
{
	unsigned int i, trials = 0;
	struct swc_trials t;

	for (i = 0; i < 5; i++) {
		t = good(arm);
		t.isolation = isolation;
		t.window_ns = SWC_WINDOW_MAX_NS;
		t.limit_ms = limit_ms;
		/* A call that has filled all the room says nothing of time. */
		if (run(&t) || !t.trials || t.produced == CAPACITY)
			guest_give_up("trials with a limit");
		trials += t.trials;
	}
	return trials;
}

/*
 * Short limits are kept as well: in a twentieth of the time there are a twentieth
 * of the trials. A quarter leaves room for what else the machine does. There is one
 * in any time, so the longer limit is long enough for many, however slow the machine.
 */
static void test_short_limit(uint32_t isolation)
{
	int arm = guest_must_load(device, LONG_CHAIN);
	unsigned int few = trials_within(arm, isolation, 1);
	unsigned int limit, many = 0;

	for (limit = 20; many < MANY_TRIALS && limit <= LONGEST_LIMIT;
	     limit *= 2)
		many = trials_within(arm, isolation, limit);
	guest_check(few * 4 < many, "limit/of a millisecond",
		    "level %u: %u trials in 1 ms, %u in %u ms", isolation, few,
		    many, limit / 2);
	close(arm);
}

/*
 * Interrupts are off for a short trial, on for one that takes too long for
 * that, and a trial that is even longer is reported.
 */
static void test_window(void)
{
	static const struct {
		const char *name;
		uint32_t lines;
		uint32_t probes;
		int wanted;
		uint32_t isolation;
	} cases[] = {
		{"window/short", 64, 1, 0, SWC_ISOLATION_IRQ_OFF},
		/* So many long delays may take 2 ms, and not 20. */
		{"window/long", 64, 16, 0, SWC_ISOLATION_PREEMPT_OFF},
		{"window/too long", 524288, 1, 1, SWC_ISOLATION_PREEMPT_OFF},
	};
	int arm = guest_must_load(device, "chain 1\n"), rc;
	struct error err;
	struct swc_trials t;
	size_t i;

	for (i = 0; i < GUEST_COUNT(cases); i++) {
		t = good(arm);
		t.capacity = 16;
		t.probes = cases[i].probes;
		t.delay_max = t.probes > 1 ? 65536 : 100;
		sources[1].sweep_lines = cases[i].lines;
		err = (struct error){0};
		rc = trial_kernel_run(device, &t, &err);
		guest_check(rc == cases[i].wanted &&
				    t.isolation == cases[i].isolation &&
				    !rc == !*err.text,
			    cases[i].name, "%d, isolation %u, \"%s\"", rc,
			    t.isolation, err.text);
	}
	close(arm);
}

static void do_nothing(int signal)
{
	(void)signal;
}

static void test_signal(void)
{
	struct itimerval when = {.it_value = {.tv_usec = 100000}};
	struct sigaction action = {.sa_handler = do_nothing};
	int arm = guest_must_load(device, LONG_CHAIN);
	struct swc_trials t = good(arm);

	sigaction(SIGALRM, &action, NULL);
	t.warm = LONG_WARM;
	t.isolation = SWC_ISOLATION_PREEMPT_OFF;
	setitimer(ITIMER_REAL, &when, NULL);
	guest_refused("signal/ends them", run(&t), EINTR);
	guest_check(t.trials && t.produced < CAPACITY,
		    "signal/reports how far it came", "%llu trials", t.trials);
	close(arm);
}

static void test_killed(void)
{
	int arm = guest_must_load(device, LONG_CHAIN), status = 0;
	struct swc_trials t = good(arm);
	pid_t pid;

	t.warm = LONG_WARM;
	t.isolation = SWC_ISOLATION_PREEMPT_OFF;
	pid = fork();
	if (!pid)
		_exit(run(&t) ? 1 : 0);
	guest_wait_asleep(pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	guest_check(WIFSIGNALED(status), "killed/in the middle", "%#x", status);
	t = good(arm);
	t.capacity = 10;
	guest_done("killed/others go on", run(&t));
	close(arm);
}

static void test_trap(void)
{
	struct swc_trials t;
	int arm;

	if (!(guest_info(device).capabilities & SWC_CAP_TRAP))
		return;
	arm = guest_must_load(device, "trap\n");
	t = good(arm);
	guest_refused("trap/is reported", run(&t), EIO);
	close(arm);
}

/* One 32-bit member with a value that must be refused. */
struct bad {
	const char *name;
	size_t member;
	uint32_t value;
	int wanted;
};

#define IN_TRIALS(m) offsetof(struct swc_trials, m)
#define IN_SOURCE(m) offsetof(struct swc_trial_source, m)
#define IN_VICTIM(m) offsetof(struct swc_trial_victim, m)

static const struct bad bad_trials[] = {
	{"narms 0", IN_TRIALS(narms), 0, EINVAL},
	{"narms", IN_TRIALS(narms), SWC_MAX_TRIAL_ARMS + 1, EINVAL},
	{"nvictims 0", IN_TRIALS(nvictims), 0, EINVAL},
	{"nvictims", IN_TRIALS(nvictims), SWC_TRIAL_MAX_VICTIMS + 1, EINVAL},
	{"npages 0", IN_TRIALS(npages), 0, EINVAL},
	{"npages", IN_TRIALS(npages), SWC_TRIAL_MAX_PAGES + 1, EINVAL},
	{"too few pages", IN_TRIALS(npages), PAGES - 1, EINVAL},
	{"capacity 0", IN_TRIALS(capacity), 0, EINVAL},
	{"capacity", IN_TRIALS(capacity), SWC_TRIAL_MAX_SAMPLES + 1, EINVAL},
	{"cpu", IN_TRIALS(cpu), 9999, ENODEV},
	{"isolation", IN_TRIALS(isolation), SWC_ISOLATION_QUIESCED + 1, EINVAL},
	{"window_ns", IN_TRIALS(window_ns), SWC_WINDOW_MAX_NS + 1, EINVAL},
	{"warm", IN_TRIALS(warm), UINT32_MAX, E2BIG},
	{"passes 0", IN_TRIALS(passes), 0, EINVAL},
	{"passes", IN_TRIALS(passes), SWC_TRIAL_MAX_PASSES + 1, EINVAL},
	{"probes 0", IN_TRIALS(probes), 0, EINVAL},
	{"probes", IN_TRIALS(probes), SWC_MAX_PROBES + 1, EINVAL},
	{"delay_max", IN_TRIALS(delay_max), UINT32_MAX, EINVAL},
	{"flags", IN_TRIALS(flags), 4, EINVAL},
	{"chase in one frame", IN_TRIALS(flags),
	 SWC_TRIALS_CHASE | SWC_TRIALS_ONE_FRAME, EINVAL},
	{"reserved[0]", IN_TRIALS(reserved[0]), 1, EINVAL},
	{"sources NULL", IN_TRIALS(sources), 0, EFAULT},
	{"victims NULL", IN_TRIALS(victims), 0, EFAULT},
	{"samples bad", IN_TRIALS(samples), 0x1000, EFAULT},
	{"frames bad", IN_TRIALS(frames), 0x1000, EFAULT},
	{"order bad", IN_TRIALS(order), 0x1000, EFAULT},
};

static const struct bad bad_sources[] = {
	{"no sequence", IN_SOURCE(sequence), UINT32_MAX, EBADF},
	{"last", IN_SOURCE(last), SWC_TRIAL_LAST_INVLPG + 1, EINVAL},
	{"weight 0", IN_SOURCE(weight), 0, EINVAL},
	{"weight", IN_SOURCE(weight), SWC_TRIAL_MAX_WEIGHT + 1, EINVAL},
	{"sweep_lines", IN_SOURCE(sweep_lines), UINT32_MAX, EINVAL},
	{"a long sweep", IN_SOURCE(sweep_lines), 524288, E2BIG},
	{"sweep_pages", IN_SOURCE(sweep_pages), SWC_TRIAL_MAX_PAGES + 1,
	 EINVAL},
	{"reserved0", IN_SOURCE(reserved0), 1, EINVAL},
};

static const struct bad bad_victims[] = {
	{"offset", IN_VICTIM(offset), PAGES *GUEST_PAGE, EINVAL},
	{"partner", IN_VICTIM(partner), PAGES *GUEST_PAGE, EINVAL},
	{"partner's last line", IN_VICTIM(partner),
	 (PAGES - 1) * GUEST_PAGE + LINE, EINVAL},
	{"offset 2^32-1", IN_VICTIM(offset), UINT32_MAX, EINVAL},
};

/* @at: what the members are of; NULL: struct swc_trials itself. */
static void refuse(const struct bad *bad, size_t n, void *at)
{
	int arm = guest_must_load(device, "chain 1\n");
	struct swc_trials t;
	char name[64];
	size_t i;

	for (i = 0; i < n; i++) {
		t = good(arm);
		t.capacity = 10;
		/* All of a pointer, so that its upper half is cleared, too. */
		if (!at && bad[i].wanted == EFAULT)
			memset((char *)&t + bad[i].member, 0, sizeof(__u64));
		memcpy((char *)(at ? at : &t) + bad[i].member, &bad[i].value,
		       sizeof(bad[i].value));
		snprintf(name, sizeof(name), "refused/%s", bad[i].name);
		guest_refused(name, run(&t), bad[i].wanted);
	}
	close(arm);
}

static void test_refused(void)
{
	int arm = guest_must_load(device, "chain 1\n");
	struct swc_trials t = good(arm);

	guest_done("refused/nothing wrong", run(&t));
	refuse(bad_trials, GUEST_COUNT(bad_trials), NULL);
	refuse(bad_sources, GUEST_COUNT(bad_sources), &sources[1]);
	refuse(bad_victims, GUEST_COUNT(bad_victims), &victims[5]);
	t = good(arm);
	t.flags = SWC_TRIALS_CHASE;
	victims[5].offset += 4;
	guest_refused("refused/a pointer that isn't aligned", run(&t), EINVAL);
	t = good(arm);
	t.order = (uintptr_t)order;
	order[5] = VICTIMS;
	guest_refused("refused/primes a victim that isn't there", run(&t),
		      EINVAL);
	guest_refused("refused/argument NULL",
		      ioctl(device, SWC_IOC_TRIALS, NULL), EFAULT);
	close(arm);
}

int main(int argc, char **argv)
{
	uint32_t level, last = SWC_ISOLATION_QUIESCED;

	/* With all CPUs stopped samples take longest by far. */
	if (guest_is_small(argc, argv))
		last = SWC_ISOLATION_IRQ_OFF;

	device = guest_open();
	test_capability();
	for (level = 0; level <= last; level++) {
		if (guest_info(device).capabilities & SWC_CAP_ISOLATION(level))
			test_samples(level, 1);
	}
	test_samples(SWC_ISOLATION_IRQ_OFF, 10);
	test_seed();
	test_frames();
	test_ways();
	test_limit();
	test_window();
	test_short_limit(SWC_ISOLATION_NONE);
	test_short_limit(SWC_ISOLATION_PREEMPT_OFF);
	test_short_limit(SWC_ISOLATION_IRQ_OFF);
	test_signal();
	test_killed();
	test_trap();
	test_refused();
	return guest_summary();
}
