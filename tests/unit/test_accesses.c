// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "engine/optable.h"
#include "check.h"
#include "generate.h"
#include "lowerarea.h"
#include "tracebuild.h"
#include "tracefile.h"

/*
 * A lowered trace accesses what the recording accessed: step by step, the same
 * bytes of a page, in the same order, read or written. The traces are random
 * executions, or those named as arguments, with each of their variants. The
 * decoder checks elsewhere that the emitted code does what the operations say.
 */

#define PAGE 4096u

/* Fewer than this many operations are also emitted and decoded. */
#define MAX_DECODED 30000u

/* Bytes of a page that are read or written. */
struct span {
	uint32_t at; /* in its page */
	uint64_t size;
	uint8_t flags; /* TRACE_ACCESS_READ, _WRITE */
};

#define MAX_SPANS 4096
#define RW	  (TRACE_ACCESS_READ | TRACE_ACCESS_WRITE)

struct spans {
	struct span list[MAX_SPANS];
	unsigned int n;
};

/*
 * Adds a span, or makes one of its kind longer if that ends where this begins: a
 * REP MOVS in pieces reads and writes in turns.
 */
static void add_span(struct spans *s, uint64_t address, uint64_t size,
		     uint8_t flags)
{
	struct span *last;
	unsigned int i;

	for (i = 0; i < 2 && i < s->n; i++) {
		last = &s->list[s->n - 1 - i];
		if (last->flags == (flags & RW) &&
		    (last->at + last->size) % PAGE == address % PAGE) {
			last->size += size;
			return;
		}
	}
	assert_true(s->n < MAX_SPANS);
	s->list[s->n++] = (struct span){
		.at = address % PAGE,
		.size = size,
		.flags = flags & RW,
	};
}

static void add_recorded(struct spans *s, const struct insn *insn,
			 const struct trace_access *a, unsigned int n)
{
	for (; n; n--, a++) {
		/* The engine locks the lower half. */
		if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_CMPXCHG16B)
			add_span(s, a->address, 8, a->flags);
		else
			add_span(s, a->address, a->size, a->flags);
	}
}

static uint8_t flags_of(uint32_t traits)
{
	return (traits & SWC_READS_MEM ? TRACE_ACCESS_READ : 0) |
	       (traits & SWC_WRITES_MEM ? TRACE_ACCESS_WRITE : 0);
}

/*
 * A return address that no call has pushed is written where the program stored
 * it, or right before its return; one that was pushed is stored twice.
 */
static bool is_added(const struct insn *insn, const struct swc_op *op,
		     bool first)
{
	if (insn->kind == INSN_RET)
		return op->kind == SWC_OP_AIM || op->kind == SWC_OP_TESTLOAD;
	return op->kind == SWC_OP_AIM && !first;
}

/* Adds the accesses of @op, before which RSP is at @sp of its region. */
static void add_op(struct spans *s, const struct swc_op *op, uint32_t sp)
{
	uint32_t traits = swc_op_traits(op->kind)->traits;

	switch (op->kind) {
	case SWC_OP_PUSH:
	case SWC_OP_CALL:
		add_span(s, sp - 8, 8, TRACE_ACCESS_WRITE);
		return;
	case SWC_OP_POP:
	case SWC_OP_RET:
		add_span(s, sp, 8, TRACE_ACCESS_READ);
		return;
	case SWC_OP_COPY:
		add_span(s, SWC_FROM_OFFSET(op->from), op->imm,
			 TRACE_ACCESS_READ);
		add_span(s, op->offset, op->imm, TRACE_ACCESS_WRITE);
		return;
	case SWC_OP_FILL:
		add_span(s, op->offset, op->imm, TRACE_ACCESS_WRITE);
		return;
	case SWC_OP_AIM:
		add_span(s, op->offset, 8, TRACE_ACCESS_WRITE);
		return;
	default:
		if (flags_of(traits))
			add_span(s, op->offset, op->size, flags_of(traits));
	}
}

static void compare(const struct spans *want, const struct spans *got,
		    const struct insn *insn, unsigned int step)
{
	unsigned int i;

	/* Only the part of a saved state counts that the operation saves. */
	if (lower_is_xstate(insn))
		return;
	/* A cache line that is flushed is neither read nor written. */
	if (insn->zydis.meta.category == ZYDIS_CATEGORY_CLFLUSHOPT ||
	    insn->zydis.mnemonic == ZYDIS_MNEMONIC_CLFLUSH)
		return;
	for (i = 0; i < want->n && i < got->n; i++) {
		if (memcmp(&want->list[i], &got->list[i], sizeof(struct span)))
			break;
	}
	if (i == want->n && i == got->n)
		return;
	fail_msg("step %u (%s): access %u of %u: recorded %#x, %lu bytes, %x; "
		 "lowered (of %u) %#x, %lu bytes, %x",
		 step, ZydisMnemonicGetString(insn->zydis.mnemonic), i, want->n,
		 want->list[i].at, (unsigned long)want->list[i].size,
		 want->list[i].flags, got->n, got->list[i].at,
		 (unsigned long)got->list[i].size, got->list[i].flags);
}

/* Is there an operation of these @n that accesses as many bytes at one time as @a? */
static bool has_width(const struct trace_access *a, const struct swc_op *op,
		      const struct swc_proof_op *proved, size_t n)
{
	struct spans one;

	for (; n; n--, op++, proved++) {
		one.n = 0;
		add_op(&one, op, proved->sp_offset);
		if (one.n && one.list[0].at == a->address % PAGE &&
		    one.list[0].size == a->size)
			return true;
	}
	return false;
}

/*
 * A load that is wider than the store before it waits until that is in the cache: so a
 * general register's width is kept. An access that crosses pages may be in pieces.
 */
static void compare_widths(const struct insn *insn,
			   const struct trace_access *a, unsigned int n,
			   const struct sequence *s,
			   const struct swc_proof *proof, size_t from,
			   size_t to)
{
	if (insn->zydis.mnemonic == ZYDIS_MNEMONIC_CMPXCHG16B ||
	    lower_is_xstate(insn))
		return;
	for (; n; n--, a++) {
		if (a->size > 8 || a->size & (a->size - 1) ||
		    a->address % PAGE + a->size > PAGE)
			continue;
		if (!has_width(a, s->ops + from, proof->ops + from, to - from))
			fail_msg("%s: no operation accesses %lu bytes at %#lx",
				 ZydisMnemonicGetString(insn->zydis.mnemonic),
				 (unsigned long)a->size, (long)a->address);
	}
}

static void compare_steps(const struct trace *trace,
			  const struct trace_variant *variant,
			  const struct sequence *s,
			  const struct swc_proof *proof)
{
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_access *a = trace->accesses + variant->first_access;
	static struct spans want, got;
	size_t op = 0, first;
	uint32_t i;

	while (op < s->nops && !s->notes[op].line)
		op++; /* the caller's call */
	for (i = 0; i < variant->nsteps; i++, step++) {
		const struct trace_insn *code = &trace->insns[step->insn];
		struct insn insn;

		assert_int_equal(insn_decode(&insn, code->address, code->bytes,
					     code->length),
				 0);
		want.n = got.n = 0;
		add_recorded(&want, &insn, a, step->naccesses);
		first = op;
		assert_true(op < s->nops && s->notes[op].line == i + 1);
		for (; op < s->nops && s->notes[op].line == i + 1; op++) {
			if (!is_added(&insn, &s->ops[op],
				      s->notes[op - 1].line != i + 1))
				add_op(&got, &s->ops[op],
				       proof->ops[op].sp_offset);
		}
		compare(&want, &got, &insn, i + 1);
		compare_widths(&insn, a, step->naccesses, s, proof, first, op);
		a += step->naccesses;
	}
	assert_int_equal(op, s->nops);
}

/* Every operation is an instruction's, or counted among those added. */
static void check_report(const struct lowering *l)
{
	assert_int_equal(l->ops, l->instructions + l->count[LOWER_CALLER_CALL] +
					 l->count[LOWER_SPLIT] +
					 l->count[LOWER_CHUNKED] +
					 l->count[LOWER_SP_ADDED]);
}

static size_t seen[LOWER_DEVIATIONS];

/* Return: whether its code was looked at, too. */
static bool check_variant(const struct trace *trace,
			  const struct trace_variant *variant)
{
	struct swc_error refused;
	struct swc_program program;
	struct lowering lowering;
	struct error err = {0};
	struct swc_caps caps;
	struct swc_proof proof;
	struct sequence s;
	bool decoded;
	void *workspace;
	size_t i;

	swc_caps_probe(&caps);
	if (lower_variant(trace, variant, &caps, &s, &lowering, &err) ||
	    sequence_verify(&s, &caps, &proof, &program, &workspace, &refused,
			    &err))
		fail_msg("%s", err.text);
	check_report(&lowering);
	for (i = 0; i < LOWER_DEVIATIONS; i++)
		seen[i] += lowering.count[i];
	compare_steps(trace, variant, &s, &proof);
	free(workspace);
	decoded = s.nops < MAX_DECODED;
	if (decoded)
		check_accepted(&program, &caps);
	sequence_free(&s);
	return decoded;
}

/*
 * How the recorded returns are predicted: each call but that of the next
 * instruction makes one due, the first one before the recording began.
 */
static struct predicted
recorded_predictions(const struct trace *trace,
		     const struct trace_variant *variant)
{
	const struct trace_step *step = trace->steps + variant->first_step;
	uint64_t *due = calloc(variant->nsteps + 1, sizeof(*due)), to;
	struct predicted predicted = {0};
	uint32_t i, n = 1;
	struct insn insn;

	assert_non_null(due);
	for (i = 0; i < variant->nsteps; i++, step++) {
		const struct trace_insn *code = &trace->insns[step->insn];

		assert_int_equal(insn_decode(&insn, code->address, code->bytes,
					     code->length),
				 0);
		to = i + 1 < variant->nsteps
			     ? trace->insns[step[1].insn].address
			     : 0;
		if (insn.kind == INSN_CALL &&
		    to != code->address + code->length)
			due[n++] = code->address + code->length;
		else if (insn.kind == INSN_RET && n && due[--n] == to)
			predicted.right++;
		else if (insn.kind == INSN_RET)
			predicted.wrong++;
	}
	free(due);
	return predicted;
}

/* The replay's returns are predicted as the recorded ones. */
static void check_predictions(const struct trace *trace,
			      const struct trace_variant *variant)
{
	struct predicted recorded = recorded_predictions(trace, variant);
	struct predicted replayed = check_predicted();

	if (recorded.right != replayed.right ||
	    recorded.wrong != replayed.wrong)
		fail_msg("%s: returns recorded: %u right, %u wrong; replayed: "
			 "%u, %u",
			 trace->path, recorded.right, recorded.wrong,
			 replayed.right, replayed.wrong);
}

static const char **named;

static void test_named(void **state)
{
	struct error err = {0};
	struct trace trace;
	size_t i;

	(void)state;
	for (; *named; named++) {
		if (trace_open(&trace, *named, &err))
			fail_msg("%s", err.text);
		for (i = 0; i < trace.nvariants; i++) {
			if (check_variant(&trace, &trace.variants[i]))
				check_predictions(&trace, &trace.variants[i]);
		}
		trace_close(&trace);
	}
}

/*
 * Random executions: a stack that the recorder has named; a page with two
 * stacks of 2 KiB that it hasn't, in the heap; memory of two kinds side by side.
 */
#define CODE	   0x401000ull
#define STACK	   0x7ffd00010000ull
#define HEAP	   0xc000100000ull
#define OTHER	   (HEAP + 4 * PAGE)
#define SHARED	   (HEAP + 3 * PAGE)
#define STACKS	   3
#define EXECUTIONS 400
#define MAX_STEPS  150

#define R TRACE_ACCESS_READ
#define W TRACE_ACCESS_WRITE
#define A TRACE_ACCESS_ATOMIC

struct form {
	uint8_t length;
	uint8_t bytes[8];
	uint32_t size[2];
	uint8_t flags[2];
};

/* Accesses by registers other than RSP. */
static const struct form forms[] = {
	{3, {0x48, 0x8b, 0x03}, {8}, {R}},		 /* mov rax, [rbx] */
	{2, {0x8b, 0x0b}, {4}, {R}},			 /* mov ecx, [rbx] */
	{3, {0x0f, 0xb6, 0x03}, {1}, {R}},		 /* movzx eax, byte */
	{3, {0x48, 0x89, 0x03}, {8}, {W}},		 /* mov [rbx], rax */
	{3, {0x66, 0x89, 0x03}, {2}, {W}},		 /* mov [rbx], ax */
	{3, {0x48, 0x03, 0x0b}, {8}, {R}},		 /* add rcx, [rbx] */
	{3, {0x48, 0x01, 0x0b}, {8}, {R | W}},		 /* add [rbx], rcx */
	{2, {0xfe, 0x03}, {1}, {R | W}},		 /* inc byte [rbx] */
	{4, {0xf0, 0x48, 0x01, 0x0b}, {8}, {R | W | A}}, /* lock add */
	{5, {0xf0, 0x48, 0x0f, 0xc1, 0x0b}, {8}, {R | W | A}},	/* xadd */
	{5, {0xf0, 0x48, 0x0f, 0xb1, 0x0b}, {8}, {R | W | A}},	/* cmpxchg */
	{5, {0xf0, 0x48, 0x0f, 0xc7, 0x0b}, {16}, {R | W | A}}, /* 16b */
	{3, {0x48, 0x87, 0x0b}, {8}, {R | W | A}}, /* xchg [rbx], rcx */
	{3, {0x0f, 0x10, 0x03}, {16}, {R}},	   /* movups xmm0, [rbx] */
	{3, {0x0f, 0x11, 0x03}, {16}, {W}},	   /* movups [rbx], xmm0 */
	{3, {0x0f, 0x58, 0x03}, {16}, {R}},	   /* addps xmm0, [rbx] */
	{4, {0xc5, 0xfe, 0x6f, 0x03}, {32}, {R}},  /* vmovdqu ymm0, [rbx] */
	{4, {0xc5, 0xfe, 0x7f, 0x03}, {32}, {W}},  /* vmovdqu [rbx], ymm0 */
	{6, {0x62, 0xf1, 0xfe, 0x48, 0x7f, 0x03}, {64}, {W}}, /* zmm0 */
	{2, {0xdb, 0x2b}, {10}, {R}},		       /* fld tbyte [rbx] */
	{2, {0xdd, 0x1b}, {8}, {W}},		       /* fstp qword [rbx] */
	{3, {0xf3, 0x48, 0xab}, {72}, {W}},	       /* rep stosq */
	{2, {0xf3, 0xaa}, {77}, {W}},		       /* rep stosb */
	{2, {0xf3, 0xa4}, {99, 99}, {R, W}},	       /* rep movsb */
	{3, {0xf3, 0x48, 0xa5}, {64, 64}, {R, W}},     /* rep movsq */
	{2, {0xf3, 0xa6}, {9, 9}, {R, R}},	       /* repe cmpsb */
	{1, {0xa5}, {4, 4}, {R, W}},		       /* movsd */
	{3, {0x48, 0xf7, 0x33}, {8}, {R}},	       /* div qword [rbx] */
	{3, {0x48, 0xf7, 0xf1}, {0}, {0}},	       /* div rcx */
	{3, {0x48, 0x01, 0xc3}, {0}, {0}},	       /* add rbx, rax */
	{3, {0x0f, 0x44, 0xc3}, {0}, {0}},	       /* cmove eax, ebx */
	{5, {0x66, 0x48, 0x0f, 0x6e, 0xd8}, {0}, {0}}, /* movq xmm3, rax */
	{2, {0x74, 0x00}, {0}, {0}},		       /* je */
	{3, {0x0f, 0xae, 0x23}, {832}, {R | W}},       /* xsave [rbx] */
	{3, {0x0f, 0xae, 0x2b}, {832}, {R}},	       /* xrstor [rbx] */
	{3, {0x0f, 0xae, 0x03}, {512}, {W}},	       /* fxsave [rbx] */
};

/* The operations that move RSP. */
enum flow {
	PUSH,
	POP,
	CALL,
	RET,
	RET_N,
	SUB,
	ADD,
	SET,
	POP_RSP,
	SIGNAL,
	CALL_NEXT,
	FLOWS
};

static const struct form flows[FLOWS] = {
	[PUSH] = {1, {0x53}, {8}, {W}},
	[POP] = {1, {0x5b}, {8}, {R}},
	[CALL] = {5, {0xe8, 0x10, 0, 0, 0}, {8}, {W}},
	[CALL_NEXT] = {5, {0xe8, 0, 0, 0, 0}, {8}, {W}},
	[RET] = {1, {0xc3}, {8}, {R}},
	[RET_N] = {3, {0xc2, 0x10, 0x00}, {8}, {R}},
	[SUB] = {4, {0x48, 0x83, 0xec, 0x28}, {0}, {0}},
	[ADD] = {4, {0x48, 0x83, 0xc4, 0x18}, {0}, {0}},
	[SET] = {3, {0x48, 0x89, 0xd4}, {0}, {0}}, /* mov rsp, rdx */
	[POP_RSP] = {1, {0x5c}, {8}, {R}},
	[SIGNAL] = {1, {0x90}, {0}, {0}}, /* nop, and RSP is elsewhere */
};

struct execution {
	struct trace_builder *b;
	struct random *random;
	uint64_t rsp;
	uint64_t saved[STACKS]; /* of the stacks that it isn't on */
	unsigned int on;
	unsigned int step;
	struct error err;
};

static const struct {
	uint64_t low;
	uint64_t high;
} limits[STACKS] = {
	{STACK + 0x400, STACK + 0x1f00},
	{SHARED + 0x300, SHARED + 0x7f0},
	{SHARED + 0xb00, SHARED + 0xff0},
};

static uint16_t region_of(uint64_t address)
{
	return address >= STACK ? 0 : address >= OTHER ? 2 : 1;
}

static uint64_t random_address(struct execution *e, const struct form *form)
{
	uint64_t base = HEAP, at;

	/* Near the border of two regions, and of two pages, more often. */
	switch (random_below(e->random, 4)) {
	case 0:
		base = OTHER - 64;
		break;
	case 1:
		base = HEAP + PAGE - 64;
		break;
	default:
		base += random_below(e->random, 2 * PAGE);
		break;
	}
	at = base + random_below(e->random, 128);
	if (form->size[0] >= 512)
		at = (HEAP + 64 + 64 * random_below(e->random, 90)) & ~63ull;
	else if (random_below(e->random, 2))
		at &= ~15ull;
	/* The stacks' page isn't written by chance, but for a return address. */
	if (at + 128 > SHARED && at < SHARED + PAGE - 64)
		at = HEAP + at % PAGE;
	return at;
}

static void add_step(struct execution *e, const struct form *form)
{
	uint32_t index;

	/* An address of its own for each form: CODE holds each only once. */
	trace_builder_insn(e->b, CODE + 16 * e->step++, form->bytes,
			   form->length, "random", &index, &e->err);
	trace_builder_step(e->b, index, e->rsp, random_below(e->random, 2),
			   &e->err);
}

static void add_access(struct execution *e, uint64_t address, uint32_t size,
		       uint8_t flags)
{
	trace_builder_access(e->b, address, size, flags, region_of(address),
			     &e->err);
}

static void take_form(struct execution *e)
{
	const struct form *form =
		&forms[random_below(e->random, ARRAY_SIZE(forms))];
	int i;

	add_step(e, form);
	for (i = 0; i < 2 && form->size[i]; i++)
		add_access(e, random_address(e, form), form->size[i],
			   form->flags[i]);
}

static void set_rsp(struct execution *e)
{
	e->saved[e->on] = e->rsp;
	e->on = random_below(e->random, STACKS);
	e->rsp = e->saved[e->on];
}

static void take_flow(struct execution *e)
{
	enum flow flow = random_below(e->random, FLOWS);
	const struct form *form = &flows[flow];
	bool room = e->rsp >= limits[e->on].low + 0x30;
	bool filled = e->rsp + 0x30 <= limits[e->on].high;
	bool down = flow == PUSH || flow == CALL || flow == CALL_NEXT ||
		    flow == SUB;

	if (down ? !room : flow != SET && flow != SIGNAL && !filled)
		return;
	add_step(e, form);
	if (form->size[0])
		add_access(e, down ? e->rsp - 8 : e->rsp, 8, form->flags[0]);
	switch (flow) {
	case PUSH:
	case CALL:
	case CALL_NEXT:
		e->rsp -= 8;
		break;
	case POP:
	case RET:
		e->rsp += 8;
		break;
	case RET_N:
		e->rsp += 0x18;
		break;
	case SUB:
		e->rsp -= 0x28;
		break;
	case ADD:
		e->rsp += 0x18;
		break;
	default:
		set_rsp(e);
		break;
	}
}

static void execute(struct execution *e)
{
	static const struct {
		uint64_t start, end;
		enum trace_region_kind kind;
		const char *name;
	} regions[] = {
		{STACK, STACK + 2 * PAGE, TRACE_REGION_GSTACK, "gstack"},
		{HEAP, OTHER, TRACE_REGION_HEAP, "heap"},
		{OTHER, OTHER + 4 * PAGE, TRACE_REGION_OTHER, "other"},
	};
	unsigned int n = 1 + random_below(e->random, MAX_STEPS), i;
	uint16_t index;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		trace_builder_region(e->b, regions[i].start, regions[i].end,
				     regions[i].kind, regions[i].name, &index,
				     &e->err);
	for (i = 0; i < STACKS; i++)
		e->saved[i] = limits[i].high - 8 * random_below(e->random, 40);
	e->rsp = e->saved[0];
	trace_builder_begin(e->b, &e->err);
	add_step(e, &forms[0]);
	add_access(e, HEAP, 8, R);
	while (e->step < n) {
		if (random_below(e->random, 2))
			take_flow(e);
		else
			take_form(e);
	}
	trace_builder_end(e->b, &e->err);
}

static void test_random(void **state)
{
	char path[] = "/tmp/switchcost-accesses-XXXXXX";
	struct random random = {.state = 0x5eed9};
	int fd = mkstemp(path), i;
	struct trace trace;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (i = 0; i < EXECUTIONS; i++) {
		struct execution e = {
			.b = trace_builder_new(),
			.random = &random,
		};

		execute(&e);
		trace_builder_write(e.b, path, &e.err);
		assert_string_equal(e.err.text, "");
		trace_builder_free(e.b);
		if (trace_open(&trace, path, &e.err))
			fail_msg("%s", e.err.text);
		check_variant(&trace, &trace.variants[0]);
		trace_close(&trace);
	}
	unlink(path);
	/* The executions had what they are meant to have. */
	assert_true(seen[LOWER_SHARED_PAGE] && seen[LOWER_SP_ADDED] &&
		    seen[LOWER_RETURN] && seen[LOWER_CHUNKED] &&
		    seen[LOWER_UNLOCKED] && seen[LOWER_BASE] &&
		    seen[LOWER_SPLIT]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest random[] = {cmocka_unit_test(test_random)};
	const struct CMUnitTest named_tests[] = {cmocka_unit_test(test_named)};

	if (argc < 2)
		return cmocka_run_group_tests(random, NULL, NULL);
	named = (const char **)argv + 1;
	return cmocka_run_group_tests(named_tests, NULL, NULL);
}
