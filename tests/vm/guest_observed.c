// SPDX-License-Identifier: GPL-2.0
/*
 * Replays in ring 0 that QEMU's plugin watches, instruction by instruction, access by
 * access, register by register: see tests/qemu/observe.h. First it has to find what is
 * planted; then come recorded calls, and sequences that it draws itself.
 *
 * usage: guest_observed SECONDS SEED LEVEL [FILE...]
 *	SECONDS  for drawn sequences
 *	SEED     of them
 *	LEVEL    of isolation, a number
 *	FILE     trace or sequence
 *
 * Needs vm/boot --observe, and the module loaded.
 */
#include "guest.h"

#include "input.h"
#include "qemu/observe.h"

#define SAMPLES 200u /* of a drawn sequence */
#define FEW	3u   /* of a recorded call, which is longer */

/*
 * Before the first window, and again where a window was too long, as any may be under an
 * emulator.
 */
#define REHEARSALS 8u

static int device;
static uint32_t level;
static struct swc_caps caps;
static uint64_t arena;

/* Of all that was observed, by kind: recorded and drawn. */
struct tally {
	struct observe_seen seen;
	uint64_t sequences, findings, refused;
	char text[240];
};

static void request(struct observe *o, uint32_t what)
{
	o->what = what;
	o->answered = 0;
	asm volatile("nopl %c1(%%rax)" ::"D"(o), "i"(OBSERVE_NOP) : "memory");
}

/* The module verifies for these. */
static struct swc_caps module_caps(void)
{
	uint64_t has = guest_info(device).capabilities;
	struct swc_caps c;

	swc_caps_probe(&c);
	c.privileged = true;
	c.trap = has & SWC_CAP_TRAP;
	c.shared_code = !(has & SWC_CAP_CODE_PAGES);
	c.direct = !(has & SWC_CAP_INDIRECT);
	c.plain = !(has & SWC_CAP_SEGMENT);
	return c;
}

static uint64_t find_arena(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long at, found = 0;
	char line[256], name[128];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx %*c %127s", &at, name) == 2 &&
		    !strcmp(name, "swc_arena") && strstr(line, "[switchcost]"))
			found = at;
	}
	if (f)
		fclose(f);
	if (!found)
		guest_give_up("find swc_arena in /proc/kallsyms");
	return found;
}

static struct observe asked(const struct swc_program *p)
{
	struct observe o = {
		.ops = (uintptr_t)p->ops,
		.regions = (uintptr_t)p->regions,
		.nops = p->nops,
		.nregions = p->nregions,
		.entry_region = p->entry_region,
		.entry_offset = p->entry_offset,
		.open_end = p->open_end,
		.arena = arena,
		.arena_bytes = guest_info(device).code_bytes,
		.caps = caps,
		.pedestal = 5,
	};

	return o;
}

static int load(struct observe *o)
{
	struct swc_load load = {
		.ops = o->ops,
		.regions = o->regions,
		.nops = o->nops,
		.nregions = o->nregions,
		.entry_region = o->entry_region,
		.entry_offset = o->entry_offset,
		.pedestal = o->pedestal,
		.flags = o->open_end ? SWC_LOAD_OPEN_END : 0,
	};
	int fd = ioctl(device, SWC_IOC_LOAD, &load);

	o->code_bytes = load.code_bytes;
	return fd;
}

/*
 * Loads, replays and compares. Watched, a replay takes many times as long, and where that
 * is too long for a window RUN fails; but what was replayed until then was seen.
 */
static bool observe(struct observe *o, uint32_t samples)
{
	struct swc_run run;
	int arm = load(o);

	if (arm < 0)
		return false;
	run = guest_run(&arm, 1, samples);
	run.isolation = level;
	request(o, OBSERVE_BEGIN);
	if (ioctl(device, SWC_IOC_RUN, &run) && errno != E2BIG &&
	    errno != ETIME)
		guest_give_up("RUN");
	o->replays = run.replays;
	o->rehearsals = REHEARSALS * (1 + run.windows);
	request(o, OBSERVE_END);
	close(arm);
	return o->answered && (o->seen.replays || o->findings);
}

static void add(struct tally *t, const struct observe *o, const char *name)
{
	t->sequences++;
	t->seen.replays += o->seen.replays;
	t->seen.instructions += o->seen.instructions;
	t->seen.ops += o->seen.ops;
	t->seen.accesses += o->seen.accesses;
	t->seen.zeros += o->seen.zeros;
	t->seen.slots += o->seen.slots;
	t->seen.distinct += o->seen.distinct;
	if (o->findings && !t->findings++)
		snprintf(t->text, sizeof(t->text), "%s: %s", name, o->text);
}

static void report(const char *what, const struct tally *t)
{
	printf("# %s: %llu sequences, %llu distinct, %llu replays, %llu ops, "
	       "%llu instructions, %llu accesses, %llu registers and %llu "
	       "slots of memory that had to be 0; %llu left out\n",
	       what, (unsigned long long)t->sequences,
	       (unsigned long long)t->seen.distinct,
	       (unsigned long long)t->seen.replays,
	       (unsigned long long)t->seen.ops,
	       (unsigned long long)t->seen.instructions,
	       (unsigned long long)t->seen.accesses,
	       (unsigned long long)t->seen.zeros,
	       (unsigned long long)t->seen.slots,
	       (unsigned long long)t->refused);
}

static void judge(const char *what, const struct tally *t, uint64_t least)
{
	char name[64];

	report(what, t);
	snprintf(name, sizeof(name), "observed/%s: replays were seen", what);
	guest_check(t->sequences >= least && t->seen.replays && t->seen.ops &&
			    t->refused <= t->sequences / 20,
		    name, "%llu sequences of %llu, %llu left out",
		    (unsigned long long)t->sequences, (unsigned long long)least,
		    (unsigned long long)t->refused);
	snprintf(name, sizeof(name), "observed/%s: and nothing else", what);
	guest_check(!t->findings, name, "%llu sequences; %s",
		    (unsigned long long)t->findings, t->text);
}

/* A return address gets into a register and stays in memory; RSP moves. */
#define EACH_KIND                                                          \
	"region a 1\nregion s 1\nentry s+0x800\nload a+0 8\nstore a+8 8\n" \
	"call\npop dst=rdx\nnop 1\nlock rmw a+16 8\nstore a+64 8\n"        \
	"fxsave a+128\ncall\nchain 3\nret\n"

static void test_planted(void)
{
	static const char *const names[] = {
		[PLANTED_NOTHING] = "nothing",
		[PLANTED_MISSING] = "an instruction that is missing",
		[PLANTED_EXTRA] = "an instruction more",
		[PLANTED_ELSEWHERE] = "an access elsewhere",
		[PLANTED_SHORTER] = "a shorter access",
		[PLANTED_UNSEEN] = "an access more",
		[PLANTED_ZERO] = "a register that isn't 0",
		[PLANTED_RSP] = "RSP elsewhere",
		[PLANTED_MEMORY] = "memory that isn't 0",
		[PLANTED_REPLAYS] = "a replay that is missing",
	};
	struct swc_program program;
	struct sequence s;
	struct observe o;
	char name[80];
	uint32_t i;

	guest_parse(EACH_KIND, &s);
	program = sequence_program(&s);
	for (i = 0; i < PLANTED_KINDS; i++) {
		o = asked(&program);
		o.planted = i;
		snprintf(name, sizeof(name), "observed/planted: %s", names[i]);
		guest_check(observe(&o, FEW) && !o.findings == !i, name,
			    "%s, %llu findings, %s",
			    o.answered ? "replayed" : "nobody observes",
			    (unsigned long long)o.findings, o.text);
		if (i)
			printf("# %s\n", o.text);
	}
	sequence_free(&s);
}

static void test_recorded(char **paths, int n)
{
	struct error err = {0};
	struct tally t = {0};
	struct swc_program program;
	struct input in;
	struct observe o;
	int i;

	for (i = 0; i < n; i++) {
		if (input_open_sequence(&in, paths[i], 0, &err)) {
			guest_check(false, "observed/recorded: opens", "%s",
				    err.text);
			continue;
		}
		program = sequence_program(&in.sequence);
		o = asked(&program);
		if (observe(&o, FEW)) {
			add(&t, &o, paths[i]);
		} else {
			t.refused++;
			printf("# %s: left out: %s\n", paths[i], o.text);
		}
		input_close(&in);
	}
	judge("recorded", &t, n - n / 10);
}

static void test_drawn(double seconds, uint64_t seed)
{
	static struct swc_op ops[OBSERVE_OPS];
	static struct swc_region regions[OBSERVE_REGIONS];
	struct swc_program program = {.ops = ops, .regions = regions};
	double end = guest_now() + seconds, said = guest_now() + 60;
	struct tally t = {0};
	struct observe o;
	char name[32];

	/* The observer writes there, so it has to be memory already. */
	memset(ops, 1, sizeof(ops));
	memset(regions, 1, sizeof(regions));
	do {
		o = asked(&program);
		o.seed = ++seed * 0x9e3779b97f4a7c15ull;
		o.seed += !o.seed;
		request(&o, OBSERVE_GENERATE);
		snprintf(name, sizeof(name), "seed %llu",
			 (unsigned long long)seed);
		if (observe(&o, SAMPLES))
			add(&t, &o, name);
		else
			t.refused++;
		if (guest_now() > said) {
			report("drawn so far", &t);
			said = guest_now() + 60;
		}
	} while (guest_now() < end && !t.findings);
	judge("drawn", &t, 1);
	guest_check(t.seen.distinct > t.sequences / 2,
		    "observed/drawn: are distinct", "%llu of %llu",
		    (unsigned long long)t.seen.distinct,
		    (unsigned long long)t.sequences);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return EXIT_FAILURE;
	device = guest_open();
	guest_map(device, SAMPLES);
	level = strtoul(argv[3], NULL, 0);
	caps = module_caps();
	arena = find_arena();
	test_planted();
	if (argc > 4)
		test_recorded(argv + 4, argc - 4);
	test_drawn(strtod(argv[1], NULL), strtoull(argv[2], NULL, 0));
	return guest_summary();
}
