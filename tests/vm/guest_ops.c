// SPDX-License-Identifier: GPL-2.0
/* /dev/switchcost: what the verifier in the kernel refuses, and that what it
 * accepts replays in ring 0 without a fault.
 */
#include "guest.h"

static int device;

struct refused {
	const char *name;
	const char *text;
	uint32_t error;
	uint32_t op; /* the number of operations: the sequence as a whole */
};

/* The rest of the verifier is tested where it is faster: tests/unit. */
static const struct refused refusals[] = {
	{"bounds", "region a 1\nnop 1\nload a+0xffc 8\n", SWC_ERR_BOUNDS, 1},
	{"alignment", "region a 1\nlock rmw a+4 8\n", SWC_ERR_ALIGNMENT, 0},
	{"size", "region a 1\nload a+0 3\n", SWC_ERR_SIZE, 0},
	{"register", "mov 8 dst=rsp src=rax\n", SWC_ERR_REGISTER, 0},
	{"operand", "nop 1 dst=rax\n", SWC_ERR_OPERAND, 0},
	{"immediate", "nop 1\nnop 1\nchain 5000\n", SWC_ERR_IMMEDIATE, 2},
	{"base",
	 "region a 2\nchain 1 dst=rbx\nxsave a+0 3\n"
	 "load a+0x1000 8 base=rax\n",
	 SWC_ERR_BASE, 2},
	{"no stack", "push\n", SWC_ERR_NO_STACK, 0},
	{"stack", "region s 1\nswitch s+0\npush\nswitch back\n", SWC_ERR_STACK,
	 1},
	{"return", "region s 1\nswitch s+0x800\nret\nswitch back\n",
	 SWC_ERR_RETURN, 1},
	{"end", "region s 1\nswitch s+0x800\n", SWC_ERR_END, 1},
	{"xstate", "region a 1\nfxrstor a+0\n", SWC_ERR_XSTATE, 0},
	{"return of an aim written over",
	 "region s 1\nswitch s+0x800\naim s+0x800\nstore s+0x800 1\nret\n"
	 "switch back\n",
	 SWC_ERR_RETURN, 3},
	{"indirect jump that doesn't wait for a zero",
	 "region s 1\nentry s+0x800\ncall\npop dst=rdx\n"
	 "jump indirect base=rdx\n",
	 SWC_ERR_BASE, 2},
	{"aim that doesn't wait for a zero",
	 "region s 1\nentry s+0x800\ncall\npop dst=rdx\n"
	 "aim s+0x800 src=rdx\n",
	 SWC_ERR_BASE, 2},
};

static void test_refusals(void)
{
	struct swc_load load;
	char name[64];
	size_t i;
	int fd;

	for (i = 0; i < GUEST_COUNT(refusals); i++) {
		const struct refused *r = &refusals[i];

		fd = guest_load(device, r->text, &load);
		snprintf(name, sizeof(name), "refused/%s", r->name);
		guest_check(fd < 0 && errno == EINVAL &&
				    load.error == r->error &&
				    load.error_op == r->op,
			    name, "%d (%s), error %u at %u; wanted %u at %u",
			    fd, strerror(errno), load.error, load.error_op,
			    r->error, r->op);
		if (fd >= 0)
			close(fd);
	}
}

/* Loads operations and regions that the text form can't say; they are refused. */
static void refuse_raw(const char *name, struct swc_op op,
		       struct swc_region region, uint32_t error, uint32_t where)
{
	struct swc_load load = {
		.ops = (uintptr_t)&op,
		.regions = (uintptr_t)&region,
		.nops = 1,
		.nregions = 1,
		.entry_region = SWC_NO_REGION,
	};
	int fd = ioctl(device, SWC_IOC_LOAD, &load);

	guest_check(fd < 0 && errno == EINVAL && load.error == error &&
			    load.error_op == where,
		    name, "%d, error %u at %u; wanted %u at %u", fd, load.error,
		    load.error_op, error, where);
	if (fd >= 0)
		close(fd);
}

static void test_raw_refusals(void)
{
	const struct swc_region page = {.pages = 1};
	struct swc_op op = sequence_op(SWC_OP_LFENCE), changed;

	changed = op;
	changed.kind = 0;
	refuse_raw("refused/kind 0", changed, page, SWC_ERR_KIND, 0);
	changed.kind = SWC_OP_KINDS;
	refuse_raw("refused/kind unknown", changed, page, SWC_ERR_KIND, 0);
	changed.kind = 255;
	refuse_raw("refused/kind 255", changed, page, SWC_ERR_KIND, 0);
	changed = op;
	changed.from = 1;
	refuse_raw("refused/reserved", changed, page, SWC_ERR_RESERVED, 0);
	changed = op;
	changed.flags = 0x80;
	refuse_raw("refused/flags", changed, page, SWC_ERR_FLAGS, 0);
	changed = sequence_op(SWC_OP_LOAD);
	changed.dst = SWC_REG_RAX;
	changed.size = 8;
	changed.region = 1;
	refuse_raw("refused/region", changed, page, SWC_ERR_REGION, 0);
	refuse_raw("refused/region of no pages", op, (struct swc_region){0},
		   SWC_ERR_PAGES, 1);
	refuse_raw("refused/region too large", op,
		   (struct swc_region){.pages = UINT32_MAX}, SWC_ERR_PAGES, 1);
	refuse_raw("refused/region reserved", op,
		   (struct swc_region){.pages = 1, .reserved = 1},
		   SWC_ERR_RESERVED, 1);
}

/*
 * Ends on another stack, inside calls, and with the lowest RSP there is; in each
 * of them an interrupt may come.
 */
static const char *const open_ends[] = {
	"region s 1\nentry s+0x800\ncall\n",
	"region s 1\nentry s+0x800\ncall\ncall\npush src=rbx\n",
	"region s 1\nregion t 1\nentry s+0x800\ncall\nswitch t+0x800\n"
	"call\nswitch s+0x7f8\nret\n",
	"region s 1\nswitch s+0\n",
	"region s 1\nentry s+0x800\ncall\nret\n",
	"region s 1\nentry s+0x800\ncall\naim s+0x7f8\n",
	"region s 1\nentry s+0x800\ncall\naim s+0x7f8\nret\n",
	"region s 1\nentry s+0x800\ncall indirect\njump indirect\n",
};

static int load_open_end(const char *text, struct swc_load *load)
{
	struct sequence s;
	int fd;

	*load = guest_parse(text, &s);
	load->flags = SWC_LOAD_OPEN_END;
	fd = ioctl(device, SWC_IOC_LOAD, load);
	sequence_free(&s);
	return fd;
}

/* All of them in one run, with a whole sequence in between, at one level. */
static void replay_open_ends(const int *arms, uint32_t n, uint32_t level)
{
	struct swc_run run = guest_run(arms, n, GUEST_PAGE_SAMPLES);
	char name[64];
	int rc;

	run.isolation = level;
	rc = ioctl(device, SWC_IOC_RUN, &run);
	snprintf(name, sizeof(name), "open end/replayed at level %u", level);
	guest_check(!rc && !run.traps && run.produced == GUEST_PAGE_SAMPLES,
		    name, "%s, traps %u, produced %u", strerror(rc ? errno : 0),
		    run.traps, run.produced);
}

static void test_open_ends(void)
{
	int arms[GUEST_COUNT(open_ends) + 1];
	struct swc_load load;
	uint32_t i;
	int fd;

	for (i = 0; i < GUEST_COUNT(open_ends); i++) {
		arms[i] = load_open_end(open_ends[i], &load);
		guest_check(arms[i] >= 0 && !load.error, "open end/loaded",
			    "number %u: error %u at %u", i, load.error,
			    load.error_op);
		if (arms[i] < 0)
			return;
	}
	arms[i] = guest_must_load(device, "chain 10\n");
	replay_open_ends(arms, i + 1, SWC_ISOLATION_NONE);
	replay_open_ends(arms, i + 1, SWC_ISOLATION_PREEMPT_OFF);
	replay_open_ends(arms, i + 1, SWC_ISOLATION_IRQ_OFF);
	for (i = 0; i < GUEST_COUNT(arms); i++)
		close(arms[i]);
	fd = load_open_end("region s 1\nswitch s+0\npush\n", &load);
	guest_check(fd < 0 && load.error == SWC_ERR_STACK && load.error_op == 1,
		    "open end/nothing else is forgiven", "%d, error %u at %u",
		    fd, load.error, load.error_op);
}

/*
 * The fault net finds the host's stack and frame in the context, wherever a prefix stops
 * and whatever RBP holds.
 */
static void test_open_trap(void)
{
	static const char text[] = "region s 1\nentry s+0x800\ncall\n"
				   "pop dst=rbp\ncall\ntrap\n";
	struct swc_load load;
	int arm = load_open_end(text, &load);
	struct swc_run run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);

	guest_refused("open end/trap", ioctl(device, SWC_IOC_RUN, &run), EIO);
	guest_check(run.traps >= 1 && !run.produced,
		    "open end/trap is reported", "traps %u, produced %u",
		    run.traps, run.produced);
	if (arm >= 0)
		close(arm);
}

struct replayed {
	const char *name;
	const char *text;
};

#define ALL_GPRS "rax,rcx,rdx,rbx,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15"

static const struct replayed replays[] = {
	{"nop and pause", "nop 1\nnop 9\npause\nmark \"phase\"\n"},
	{"fences", "lfence\nmfence\nsfence\n"},
	{"arithmetic", "chain 20\nimm dst=rdx\nmov 8 dst=r9 src=rdx\n"
		       "lea 8 dst=r15 src=r9 base=rdx\nalu 4 dst=rsi src=rdi\n"
		       "alu 8 dst=rsi\nmul 8 dst=r8 src=r9\n"
		       "test 8 dst=r8 src=r9\n"},
	{"branches", "test 8 dst=rax\nbranch taken\nbranch not-taken\njump\n"},
	{"loads and stores", "region a 2\nload a+0 1\nload a+1 2\nload a+2 4\n"
			     "load a+0xffc 8\nstore a+0xffc 8 src=rbx\n"
			     "store a+0 1\naluload a+8 8\ntestload a+16 2\n"
			     "rmw a+24 8 src=rcx\nrmw a+32 1\n"
			     "load a+8 8 dst=rdx base=rcx index=r12\n"},
	{"by a segment", "region a 1\nsegment load a+0 8 dst=rbp\n"
			 "segment store a+8 4 src=rcx base=rbp\n"
			 "lock segment rmw a+16 8\nsegment xchg a+24 2\n"
			 "segment vload a+32 16 dst=xmm3\n"
			 "load a+8 8 dst=rdx\nload a+0 base=rdx\n"},
	{"locked", "region a 1\nlock rmw a+0 8\nlock cmpxchg a+8 8\n"
		   "lock xadd a+16 4\nxchg a+24 8\ncmpxchg a+32 2\n"
		   "xadd a+40 1\n"},
	{"cache lines", "region a 1\nstore a+0 8\nclflush a+0\nprefetch a+64\n"
			"clflush a+0xfff\n"},
	{"invlpg", "region a 3\nload a+0 8\ninvlpg a+0\ninvlpg a+0x1000\n"
		   "load a+0x1000 8\n"},
	{"general registers", "region a 1\nsave a+0 " ALL_GPRS "\n"
			      "restore a+0 " ALL_GPRS "\n"},
	{"fxsave", "region a 1\nfxsave a+0x40\nfxrstor a+0x40\n"},
	{"xsave", "region a 2\nxsave a+0x40 0x3\nxrstor a+0x40 0x3\n"},
	{"conditions", "test 8 dst=rbx\ncmov 8 dst=rdx src=rbx\n"
		       "cmov 4 dst=r9 src=r10\n"},
	{"divisions", "imm dst=rdx\ndiv 8 src=rbx\ndiv 4 src=r9\n"},
	{"strings", "region a 4\nfill a+3 4096 1\nfill a+0x1008 800 8\n"
		    "copy a+0x2000 1000 1 from=a+1\n"
		    "copy a+0x3000 0x800 4 from=a+0x2ffc\nload a+8 base=rdi\n"},
	{"streams", "region a 1\nnt store a+8 8 src=rcx\n"
		    "nt vstore a+0x40 16 src=xmm3\nsfence\n"},
	{"exchange with vectors", "vput 8 dst=xmm3 src=rdx\n"
				  "vmul 16 dst=xmm3 src=xmm4\n"
				  "vget 4 dst=rsi src=xmm3\n"},
	{"vectors", "region a 1\nvload a+0 16 dst=xmm3\n"
		    "valu 16 dst=xmm4 src=xmm3\nvstore a+16 16 src=xmm4\n"
		    "vload a+3 4 dst=xmm15\nvstore a+5 8 src=xmm15\n"},
	{"stack switch", "region s 1\nregion t 2\nswitch s+0x1000\n"
			 "push src=rbx\nswitch t+0x1f00\npush\nsp -64\nsp 64\n"
			 "pop dst=rax\nswitch s+0xff8\npop dst=rbx\n"
			 "switch back\n"},
	{"calls", "region s 1\nswitch s+0x1000\ncall\ncall\nload s+0 8\nret\n"
		  "call\nret\nnop 3\nret\nswitch back\n"},
	{"returns to elsewhere",
	 "region s 1\nregion t 1\nentry s+0x800\ncall\n"
	 "aim s+0x7f8 dst=rcx src=rax base=rsp\nret\nnop 2\ncall\n"
	 "aim t+0x800 due dst=r12\nswitch t+0x800\nret\nswitch s+0x7f8\n"
	 "call next\npop dst=rbx\nswitch back\n"},
	{"indirect calls and jumps",
	 "region s 1\nentry s+0x800\njump indirect\ncall indirect base=rax\n"
	 "jump indirect base=r15\nnop 3\nret\ncall indirect code=3.1+4\n"
	 "jump indirect code=4.2+5\nret code=3.9+9\n"},
	{"entry on a stack", "region s 2\nregion t 1\nentry s+0x1800\n"
			     "call\nswitch t+0x800\npush\npop\n"
			     "switch s+0x17f8\nret\n"},
	{"lowest stack pointer", "region s 1\nswitch s+8\npush\npop\n"
				 "switch s+0\nnop 1\nswitch back\n"},
};

/* Load, run, unload. Return: the run's errno. */
static int replay(const char *text, struct swc_run *run, struct swc_load *load)
{
	int arm = guest_load(device, text, load), cause = 0;

	if (arm < 0)
		return errno;
	*run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
	run->warm = 1;
	if (ioctl(device, SWC_IOC_RUN, run))
		cause = errno;
	close(arm);
	return cause;
}

static void test_replays(void)
{
	struct swc_load load;
	char name[64];
	size_t i;
	int rc;

	for (i = 0; i < GUEST_COUNT(replays); i++) {
		struct swc_run run = {0};

		rc = replay(replays[i].text, &run, &load);
		snprintf(name, sizeof(name), "replayed/%s", replays[i].name);
		guest_check(!rc && !run.traps &&
				    run.produced == GUEST_PAGE_SAMPLES,
			    name, "%s, error %u at %u, traps %u, produced %u",
			    strerror(rc), load.error, load.error_op, run.traps,
			    run.produced);
	}
}

/* Every component by itself and all together, with the vectors it takes. */
static void test_xstate(void)
{
	uint64_t mask = guest_info(device).xstate_mask;
	struct swc_load load;
	char text[256];
	int rc;

	if (mask) {
		struct swc_run run = {0};

		snprintf(text, sizeof(text),
			 "region a 4\nvload a+0x3000 16\nxsave a+0 %#llx\n"
			 "valu 16 dst=xmm0 src=xmm0\nxrstor a+0 %#llx\n",
			 (unsigned long long)mask, (unsigned long long)mask);
		rc = replay(text, &run, &load);
		guest_check(!rc && !run.traps, "xstate/all that there is",
			    "%s, error %u", strerror(rc), load.error);
	}
	if (mask & 4) {
		struct swc_run run = {0};

		rc = replay(
			"region a 1\nvload a+0 32\nvalu 32\nvstore a+32 32\n",
			&run, &load);
		guest_check(!rc && !run.traps, "xstate/32-byte vectors",
			    "%s, error %u", strerror(rc), load.error);
	}
	if ((mask & 0xe0) != 0xe0) {
		struct swc_run run = {0};

		rc = replay("region a 4\nxsave a+0 0xe0\n", &run, &load);
		guest_check(rc == EINVAL && load.error == SWC_ERR_UNSUPPORTED,
			    "xstate/what this CPU lacks", "%s, error %u",
			    strerror(rc), load.error);
	}
}

static const struct replayed traps[] = {
	{"plain", "nop 1\ntrap\nnop 1\n"},
	{"on another stack", "region s 1\nswitch s+0x800\npush\ntrap\npop\n"
			     "switch back\n"},
	{"in a call", "region s 1\nentry s+0x800\ncall\ncall\ntrap\nret\n"
		      "ret\n"},
	{"lowest on a stack", "region s 1\nswitch s+0\ntrap\nswitch back\n"},
};

/*
 * The log names the process that asked: that process has written it after the
 * windows, which a thread of the module's opens.
 */
static void test_trap_log(void)
{
	char line[80];

	snprintf(line, sizeof(line),
		 "switchcost: guest_ops[%d]: trap 6 in a sequence, recovered",
		 getpid());
	guest_check(guest_log_has(line),
		    "trap/logged by the process that asked, after the windows",
		    "not there: %s", line);
}

/* With planted_faults=1 a trap ends the replay and nothing else. */
static void test_traps(void)
{
	struct swc_load load;
	char name[64];
	size_t i;
	int rc;

	for (i = 0; i < GUEST_COUNT(traps); i++) {
		struct swc_run run = {0};

		rc = replay(traps[i].text, &run, &load);
		snprintf(name, sizeof(name), "trap/%s", traps[i].name);
		guest_check(rc == EIO && run.traps >= 1 && !run.produced, name,
			    "%s, error %u, traps %u, produced %u", strerror(rc),
			    load.error, run.traps, run.produced);
		rc = replay("chain 10\n", &run, &load);
		guest_check(!rc && !run.traps, "trap/a run afterwards",
			    "%s, traps %u", strerror(rc), run.traps);
	}
	test_trap_log();
}

/* One arm traps, the other is whole and can be run again. */
static void test_trap_among_arms(void)
{
	struct swc_run run;
	int arms[2];

	arms[0] = guest_must_load(device, "chain 10\n");
	arms[1] = guest_must_load(device, "trap\n");
	run = guest_run(arms, 2, GUEST_PAGE_SAMPLES);
	guest_refused("trap/among arms", ioctl(device, SWC_IOC_RUN, &run), EIO);
	run = guest_run(arms, 1, GUEST_PAGE_SAMPLES);
	guest_done("trap/the other arm", ioctl(device, SWC_IOC_RUN, &run));
	close(arms[0]);
	close(arms[1]);
}

static void test_no_traps(void)
{
	struct swc_load load;
	int fd = guest_load(device, "nop 1\ntrap\n", &load);

	guest_check(fd < 0 && errno == EINVAL &&
			    load.error == SWC_ERR_UNSUPPORTED &&
			    load.error_op == 1,
		    "trap/refused without hooks", "%d, error %u at %u", fd,
		    load.error, load.error_op);
}

int main(void)
{
	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	test_refusals();
	test_raw_refusals();
	test_replays();
	test_open_ends();
	test_xstate();
	if (guest_info(device).capabilities & SWC_CAP_TRAP) {
		test_traps();
		test_trap_among_arms();
		test_open_trap();
	} else {
		test_no_traps();
	}
	return guest_summary();
}
