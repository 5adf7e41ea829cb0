// SPDX-License-Identifier: GPL-2.0
#include "helper.h"
#include "segmentbase.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "engine/slots.h"
#include "generate.h"

/*
 * Emitted code runs for real, in ring 3: whatever the verifier has accepted
 * does no harm, and what it says of the memory is true.
 */

#define PAGE	    4096u
#define ARENA_BYTES (1u << 20)
#define CODE_BYTES  (1u << 20)
#define HEADROOM    (SWC_STACK_HEADROOM_PAGES * PAGE)
#define GUARD	    0x5a
#define PROGRAMS    3000
#define REPLAYS	    12
#define STEPPED	    250 /* programs with a signal after each instruction */
#define LOOPED	    100
#define TRAP_FLAG   0x100

/*
 * enter_guarded(context, code): swc_enter() with known values in all registers
 * that the C ABI wants kept. Return: 0 if they and RSP are the same afterwards.
 */
__u64 enter_guarded(struct swc_context *context, const void *code);

asm(".text\n"
    "enter_guarded:\n"
    "	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
    "	sub $8, %rsp\n"
    "	mov %rsp, kept_rsp(%rip)\n"
    "	mov $0x1101, %ebx; mov $0x1102, %ebp; mov $0x1103, %r12d\n"
    "	mov $0x1104, %r13d; mov $0x1105, %r14d; mov $0x1106, %r15d\n"
    /* Vector registers hold anything but zeros. */
    "	pcmpeqd %xmm0, %xmm0; pcmpeqd %xmm1, %xmm1; pcmpeqd %xmm2, %xmm2\n"
    "	pcmpeqd %xmm3, %xmm3; pcmpeqd %xmm4, %xmm4; pcmpeqd %xmm5, %xmm5\n"
    "	pcmpeqd %xmm6, %xmm6; pcmpeqd %xmm7, %xmm7; pcmpeqd %xmm8, %xmm8\n"
    "	pcmpeqd %xmm9, %xmm9; pcmpeqd %xmm15, %xmm15\n"
    "	call swc_enter\n"
    "	mov %rsp, %rax\n"
    "	mov kept_rsp(%rip), %rsp\n"
    "	sub %rsp, %rax\n"
    "	xor $0x1101, %rbx; xor $0x1102, %rbp; xor $0x1103, %r12\n"
    "	xor $0x1104, %r13; xor $0x1105, %r14; xor $0x1106, %r15\n"
    "	or %rbx, %rax; or %rbp, %rax; or %r12, %rax\n"
    "	or %r13, %rax; or %r14, %rax; or %r15, %rax\n"
    "	add $8, %rsp\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
    "	ret\n"
    ".local kept_rsp\n"
    ".comm kept_rsp, 8, 8\n");

/* The memory that programs are laid out in, one after the other. */
struct arena {
	__u8 *memory; /* below 2 GiB */
	__u8 *code;
	struct swc_context *context;
	__u64 region[GENERATED_REGIONS];
	const struct swc_program *program;
	struct verified v;
	struct emitted e;
};

static struct arena arena;

static int map_arena(void **state)
{
	__u64 at;

	struct error err;

	*state = &arena;
	if (segmentbase_set(&err))
		return -1;
	/* The kernel picks the place of everything else: try until one is free. */
	for (at = 0x10000000; at < 0x70000000; at += 0x1000000) {
		arena.memory =
			mmap((void *)at, ARENA_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			     -1, 0);
		if (arena.memory != MAP_FAILED)
			break;
	}
	arena.code = mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return arena.memory == MAP_FAILED || arena.code == MAP_FAILED;
}

/*
 * Guard bytes everywhere, then room for signal frames and a region, again and
 * again; the context is first.
 */
static void lay_out(const struct swc_program *program)
{
	__u8 *at = arena.memory;
	__u32 i, bytes;

	arena.program = program;
	arena.context = (struct swc_context *)(at + 64);
	memset(at, GUARD, PAGE);
	memset(arena.context, 0, sizeof(*arena.context));
	at += PAGE;
	for (i = 0; i < program->nregions; i++) {
		bytes = program->regions[i].pages * PAGE;
		memset(at, GUARD, PAGE + HEADROOM);
		at += PAGE + HEADROOM;
		arena.region[i] = (__u64)at;
		memset(at, 0, bytes);
		at += bytes;
	}
	memset(at, GUARD, PAGE);
	assert_true(at + PAGE < arena.memory + ARENA_BYTES);
}

static void want_bytes(const __u8 *from, const __u8 *to, __u8 value,
		       const char *what)
{
	for (; from < to; from++) {
		if (*from != value)
			fail_msg("%s at %#zx is %#x", what,
				 (size_t)(from - arena.memory), *from);
	}
}

static void check_guards(void)
{
	const struct swc_program *p = arena.program;
	const __u8 *at = arena.memory, *headroom;
	__u32 i;

	want_bytes(at, at + 64, GUARD, "guard");
	at += 64 + sizeof(struct swc_context) + 8 * arena.v.proof.nindirect;
	for (i = 0; i < p->nregions; i++) {
		headroom = (__u8 *)arena.region[i] - HEADROOM;
		want_bytes(at, headroom, GUARD, "guard");
		at = (__u8 *)arena.region[i];
		/* Nothing but a signal may write below a stack. */
		if (!swc_proof_is_stack(&arena.v.proof, i))
			want_bytes(headroom, at, GUARD, "guard below");
		at += p->regions[i].pages * PAGE;
	}
	want_bytes(at, at + PAGE, GUARD, "guard");
}

/* All that the verifier takes for zero, now and between replays, is zero. */
static void check_zeros(void)
{
	const struct swc_program *p = arena.program;
	struct swc_error error;
	__u32 i, slot, pages = 0, n = 0;
	__u16 *state;
	__u8 *dirty;
	__u64 *word;

	for (i = 0; i < p->nregions; i++)
		pages += p->regions[i].pages;
	state = (__u16 *)((__u8 *)arena.v.workspace.bytes +
			  swc_verify_bytes(p, &error) - swc_slots_bytes(pages));
	dirty = (__u8 *)(state + pages * SWC_SLOTS_PER_PAGE);
	for (i = 0; i < p->nregions; i++) {
		word = (__u64 *)arena.region[i];
		for (slot = 0; slot < p->regions[i].pages * SWC_SLOTS_PER_PAGE;
		     slot++, word++, n++) {
			if (!*word || state[n] == SWC_SLOT_BV)
				continue;
			if (state[n] == SWC_SLOT_ZERO ||
			    !(dirty[n / 8] & (1u << (n % 8))))
				fail_msg("region %u+%#x isn't zero but %#llx",
					 i, 8 * slot, *word);
		}
	}
}

static void load_loop(const struct swc_program *program,
		      const struct swc_caps *caps, struct swc_loop loop)
{
	struct swc_binding binding = {
		.pedestal = 4, .landing_pad = true, .loop = loop};

	lay_out(program);
	assert_true(verify(&arena.v, program, caps));
	binding.region = arena.region;
	binding.context = (__u64)arena.context;
	binding.at = (__u64)arena.code;
	binding.pointers = (void *)arena.context + SWC_POINTERS_BYTES;
	assert_true(emit(&arena.e, &arena.v.proof, &binding));
	assert_true(arena.e.bytes <= CODE_BYTES);
	memcpy(arena.code, arena.e.code.bytes, arena.e.bytes);
	assert_int_equal(
		mprotect(arena.code, CODE_BYTES, PROT_READ | PROT_EXEC), 0);
}

static void load(const struct swc_program *program, const struct swc_caps *caps)
{
	load_loop(program, caps, (struct swc_loop){.iterations = 0});
}

static void unload(void)
{
	mprotect(arena.code, CODE_BYTES, PROT_READ | PROT_WRITE);
	emitted_free(&arena.e);
	verified_free(&arena.v);
}

static void replay(void)
{
	static const __u32 mxcsr = 0x1f80;
	struct swc_context *c = arena.context;
	__u64 changed;

	c->start = c->end = 0;
	changed = enter_guarded(c, arena.code);
	/* The caller of swc_enter() takes care of the FPU. */
	asm volatile("fninit; ldmxcsr %0" ::"m"(mxcsr));
	assert_int_equal(changed, 0);
	assert_true(c->start && c->end > c->start);
	assert_int_equal(c->trapped, 0);
}

/* The capabilities of this CPU in ring 3. */
static struct swc_caps own_caps(void)
{
	struct swc_caps caps;

	swc_caps_probe(&caps);
	if (!caps.rdtscp)
		skip();
	return caps;
}

static void replay_all(const struct swc_program *program,
		       const struct swc_caps *caps)
{
	int i;

	load(program, caps);
	for (i = 0; i < REPLAYS; i++)
		replay();
	check_guards();
	check_zeros();
	unload();
}

/* Random programs, whole or their beginnings. */
static void replay_random(__u64 seed, __u32 programs, bool prefixes)
{
	struct random random = {.state = seed};
	struct swc_caps caps = own_caps();
	struct generated g;
	__u32 i;

	for (i = 0; i < programs; i++) {
		generate(&g, &random, &caps);
		if (prefixes)
			cut(&g, &random);
		replay_all(&g.program, &caps);
	}
}

static void test_random(void **state)
{
	(void)state;
	replay_random(0x5eed5, PROGRAMS, false);
}

static void test_prefixes(void **state)
{
	(void)state;
	replay_random(0x5eed7, PROGRAMS / 4, true);
}

/* The handler has seen this; it runs on the stack that is being replayed. */
static volatile struct {
	__u64 steps;
	__u64 stray; /* RIP where RSP was outside of all regions */
	__u64 host;  /* some address on the host's stack */
} seen;

static void on_step(int number, siginfo_t *info, void *ucontext)
{
	const greg_t *r = ((ucontext_t *)ucontext)->uc_mcontext.gregs;
	__u64 rip = r[REG_RIP], rsp = r[REG_RSP], start;
	__u64 code = (__u64)arena.code;
	__u32 i;

	(void)number;
	(void)info;
	if (rip < code || rip >= code + arena.e.bytes)
		return;
	seen.steps++;
	if (seen.host - rsp < 65536)
		return;
	for (i = 0; i < arena.program->nregions; i++) {
		start = arena.region[i];
		if (rsp >= start &&
		    rsp <= start + arena.program->regions[i].pages * PAGE)
			return;
	}
	seen.stray = rip;
}

static void set_trap_flag(bool on)
{
	__u64 flags;

	asm volatile("pushfq; pop %0" : "=r"(flags));
	flags = on ? flags | TRAP_FLAG : flags & ~(__u64)TRAP_FLAG;
	asm volatile("push %0; popfq" ::"r"(flags) : "cc", "memory");
}

/*
 * The worst that can happen below RSP: a signal after each instruction, whose
 * frame overwrites all that lies there.
 */
static void step_random(__u64 seed, __u32 programs, bool prefixes)
{
	struct sigaction action = {.sa_sigaction = on_step,
				   .sa_flags = SA_SIGINFO};
	struct random random = {.state = seed};
	struct swc_caps caps = own_caps();
	struct sigaction before;
	struct generated g;
	__u32 i, j;

	sigaction(SIGTRAP, &action, &before);
	for (i = 0; i < programs; i++) {
		generate(&g, &random, &caps);
		if (prefixes)
			cut(&g, &random);
		load(&g.program, &caps);
		memset((void *)&seen, 0, sizeof(seen));
		seen.host = (__u64)__builtin_frame_address(0);
		for (j = 0; j < 3; j++) {
			set_trap_flag(true);
			enter_guarded(arena.context, arena.code);
			set_trap_flag(false);
			replay();
		}
		assert_true(seen.steps >= 3 * g.program.nops / 2);
		assert_int_equal(seen.stray, 0);
		check_guards();
		check_zeros();
		unload();
	}
	sigaction(SIGTRAP, &before, NULL);
}

static void test_stepped(void **state)
{
	(void)state;
	step_random(0x5eed6, STEPPED, false);
}

static void test_stepped_prefixes(void **state)
{
	(void)state;
	step_random(0x5eed8, STEPPED / 2, true);
}

/* Instructions of a replay of so many iterations, with the trap flag's one more. */
static __u64 count_steps(const struct swc_program *program,
			 const struct swc_caps *caps, struct swc_loop loop)
{
	__u64 steps;

	load_loop(program, caps, loop);
	memset((void *)&seen, 0, sizeof(seen));
	seen.host = (__u64)__builtin_frame_address(0);
	set_trap_flag(true);
	enter_guarded(arena.context, arena.code);
	set_trap_flag(false);
	steps = seen.steps;
	assert_int_equal(seen.stray, 0);
	assert_int_equal(arena.context->iterations, 0);
	assert_int_equal(arena.context->iterations_again, 0);
	replay();
	check_guards();
	check_zeros();
	unload();
	return steps;
}

/* Back to back: as many iterations as asked for, each the same, and no harm done. */
static void test_loops(void **state)
{
	struct sigaction action = {.sa_sigaction = on_step,
				   .sa_flags = SA_SIGINFO};
	struct random random = {.state = 0x5eed7};
	struct swc_caps caps = own_caps();
	struct sigaction before;
	struct generated g;
	__u64 one, two;
	__u32 i;

	(void)state;
	sigaction(SIGTRAP, &action, &before);
	for (i = 0; i < LOOPED; i++) {
		struct swc_loop loop = {.iterations = 1, .copies = 1 + i % 2};

		generate(&g, &random, &caps);
		one = count_steps(&g.program, &caps, loop);
		loop.iterations = 2;
		two = count_steps(&g.program, &caps, loop);
		assert_true(two - one >= g.program.nops / 2);
		loop.iterations = 7;
		assert_int_equal(count_steps(&g.program, &caps, loop) - one,
				 6 * (two - one));
	}
	sigaction(SIGTRAP, &before, NULL);
}

/*
 * Longer programs by hand, which reach what random ones seldom do, and all their
 * prefixes.
 */
static void test_written(void **state)
{
#define S "region a 4; region s 2; region t 2; entry s+0x1000; "
	static const char *const texts[] = {
		S "call; switch t+0x1000; call; switch s+0xff8; ret; "
		  "switch t+0xff8; ret; switch back",
		S
		"xsave a+0 7; fxsave a+0x1000; xrstor a+0 7; fxrstor a+0x1000; "
		"xsave a+0 3; xrstor a+0 7",
		S "xsave a+0 1; xrstor a+0 1; xsave a+0 6; xrstor a+0 3",
		S
		"save a+0 rax,rcx,rdx,rbx,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15; "
		"restore a+0 "
		"rax,rcx,rdx,rbx,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15",
		S "chain 4096 dst=r15; lea src=r15 base=r14; load a+0 base=rax",
		S "lock cmpxchg a+0; lock xadd a+8 4; xchg a+16 1; rmw a+1 8",
		S "switch t+0; switch t+0x2000; switch back",
		"region s 1; switch s+0x800; call; pop; switch back",
		S "call; call; aim s+0xff0 dst=r12 src=r13; ret; chain 3; "
		  "call; aim s+0xff0 dst=r13 src=r12; ret; ret; nop 1",
		S "call; call; pop; push; aim s+0xff0 due; ret; call next; "
		  "pop; chain 2; ret",
		S "call; aim t+0x800 due; switch t+0x800; ret; aim t+0x900; "
		  "switch t+0x900; ret; switch s+0x1000",
		S "call code=1.3; aim s+0xff8 dst=r9 code=2.4; ret code=3.5; "
		  "nop 1 code=4.6; push code=1.3; aim s+0xff8 code=1.3; "
		  "ret code=1.3; nop 2 code=1.3",
	};
#undef S
	struct swc_caps caps = own_caps();
	struct swc_program program;
	struct sequence s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strstr(texts[i], "xsave") && (caps.xstate_mask & 7) != 7)
			continue;
		sequence_from(&s, texts[i]);
		program = sequence_program(&s);
		replay_all(&program, &caps);
		program.open_end = true;
		while (--program.nops)
			replay_all(&program, &caps);
		sequence_free(&s);
	}
}

/* XSAVE writes no more than the verifier thinks: a guard follows the area. */
static void test_area_end(void **state)
{
	struct swc_caps caps = own_caps();
	struct swc_op ops[2] = {sequence_op(SWC_OP_XSAVE),
				sequence_op(SWC_OP_XRSTOR)};
	struct swc_region region = {.pages = 1};
	struct swc_program p = {
		.ops = ops,
		.regions = &region,
		.nops = 2,
		.nregions = 1,
		.entry_region = SWC_NO_REGION,
	};
	__u32 mask;

	(void)state;
	for (mask = 1; mask <= caps.xstate_mask; mask++) {
		if (mask & ~caps.xstate_mask)
			continue;
		ops[0].imm = ops[1].imm = mask;
		ops[0].offset = (PAGE - swc_xsave_bytes(&caps, mask)) & -64u;
		ops[1].offset = ops[0].offset;
		load(&p, &caps);
		replay();
		replay();
		check_guards();
		check_zeros();
		unload();
	}
}

/* A chain twice as long takes twice as long, so the clock brackets it. */
static void test_clock(void **state)
{
	static const char *const texts[] = {"chain 2000", "chain 4000"};
	struct swc_caps caps = own_caps();
	__u64 least[2] = {~0ull, ~0ull}, ticks;
	struct swc_program program;
	struct sequence s;
	int i, j;

	(void)state;
	for (i = 0; i < 2; i++) {
		sequence_from(&s, texts[i]);
		program = sequence_program(&s);
		load(&program, &caps);
		for (j = 0; j < 500; j++) {
			replay();
			ticks = arena.context->end - arena.context->start;
			if (ticks < least[i])
				least[i] = ticks;
		}
		unload();
		sequence_free(&s);
	}
	/* Emulators execute many additions a tick: only the order is sure. */
	assert_true(least[1] > least[0]);
}

static void test_trap(void **state)
{
	struct swc_caps caps = own_caps();
	struct swc_program program;
	struct sequence s;
	int status = 0;
	pid_t child;

	(void)state;
	caps.trap = true;
	sequence_from(&s, "nop 1; trap; nop 1");
	program = sequence_program(&s);
	load(&program, &caps);
	child = fork();
	if (!child) {
		signal(SIGILL, SIG_DFL);
		swc_enter(arena.context, arena.code);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGILL);
	unload();
	sequence_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_stepped),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_stepped_prefixes),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_area_end),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_trap),
	};

	return cmocka_run_group_tests(tests, map_arena, NULL);
}
