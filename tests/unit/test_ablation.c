// SPDX-License-Identifier: GPL-2.0
#include "ablation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/optable.h"
#include "generate.h"
#include "helper.h"
#include "seqtext.h"

/*
 * Checks, operation by operation, what becomes of a sequence when operations
 * are taken out; here, the class of an operation is a letter.
 */

#define ALL 0xffffffffu

#define RANDOM 1500

/* A planted operation's class is its kind, as far as that matters here. */
enum { PUSHES, SWITCHES, CALLS, SPS, STACK, HEAP, REST };

static bool is_stack(const struct sequence *s, uint32_t region)
{
	return strstr(s->region_names.list[region], "stack");
}

static unsigned char class_of(const struct sequence *s, const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_PUSH:
	case SWC_OP_POP:
		return PUSHES;
	case SWC_OP_SWITCH:
		return SWITCHES;
	case SWC_OP_CALL:
	case SWC_OP_RET:
		return CALLS;
	case SWC_OP_SP:
	case SWC_OP_ALIGN:
		return SPS;
	default:
		if (!(swc_op_traits(op->kind)->traits & SWC_HAS_MEM))
			return REST;
		return is_stack(s, op->region) ? STACK : HEAP;
	}
}

/* A sequence, its proof and its classes. */
struct subject {
	struct sequence s;
	struct swc_proof proof;
	struct swc_program program;
	struct swc_caps caps;
	void *workspace;
	unsigned char *classes;
};

static void proof(struct subject *x)
{
	struct swc_error refused;
	struct error err = {0};
	size_t i;

	x->caps = caps_all();
	if (sequence_verify(&x->s, &x->caps, &x->proof, &x->program,
			    &x->workspace, &refused, &err))
		fail_msg("%s", err.text);
	x->classes = calloc(x->s.nops, 1);
	assert_non_null(x->classes);
	for (i = 0; i < x->s.nops; i++)
		x->classes[i] = class_of(&x->s, &x->s.ops[i]);
}

static void done(struct subject *x)
{
	free(x->classes);
	free(x->workspace);
	sequence_free(&x->s);
}

static void ablate(const struct subject *x, uint32_t removed,
		   struct ablated *out)
{
	struct error err = {0};

	if (ablation_make(&x->s, &x->proof, x->classes, removed, &x->caps, out,
			  &err))
		fail_msg("%s", err.text);
	assert_int_equal(out->kept + out->removed, x->s.nops);
}

/* The operations of @s in their text form, "; " between them. */
static void write_ops(const struct sequence *s, char *text, size_t bytes)
{
	char line[256];
	size_t i, used = 0;

	*text = 0;
	for (i = 0; i < s->nops; i++) {
		seqtext_line(s, &s->ops[i], line, sizeof(line));
		used += snprintf(text + used, bytes - used, "%s%s",
				 i ? "; " : "", line);
		assert_true(used < bytes);
	}
}

/* A planted sequence, and what must be left of it. */
struct planted {
	const char *name;
	const char *ops;
	uint32_t removed;
	const char *left;
	/* See struct ablated. */
	unsigned int merged, adjusted, reloaded, independent, cleared, unproved;
	bool exact;
};

#define FRAME                                                           \
	"region stack 2;region other-stack 1;region heap 1;region m 1;" \
	"entry stack+0x1e00;"

#define FUNCTION "call;push;sp -32;store stack+0x1dd8 base=rsp;sp 32;pop;ret"

static const struct planted planted[] = {
	{.name = "nothing", .ops = FUNCTION, .left = FUNCTION},
	{.name = "everything",
	 .ops = "load heap",
	 .removed = 1 << HEAP,
	 .left = "mark nothing"},
	/* A frame makes up for a push before it. */
	{.name = "push before a frame",
	 .ops = FUNCTION,
	 .removed = 1 << PUSHES,
	 .left = "call;sp -40;store stack+0x1dd8 base=rsp;sp 40;ret"},
	{.name = "call before a frame",
	 .ops = FUNCTION,
	 .removed = 1 << CALLS,
	 .left = "push;sp -40;store stack+0x1dd8 base=rsp;sp 40;pop"},
	{.name = "both",
	 .ops = FUNCTION,
	 .removed = 1 << CALLS | 1 << PUSHES,
	 .left = "sp -48;store stack+0x1dd8 base=rsp;sp 48"},
	{.name = "the frame, which is accessed",
	 .ops = "sp -32;store stack+0x1de8 base=rsp;call;ret;sp 32;call;ret",
	 .removed = 1 << SPS,
	 .left = "store stack+0x1de8 base=rsp;sp -32;call;ret;sp 32;call;ret",
	 .adjusted = 2},
	{.name = "the frame of a leaf",
	 .ops = "call;sp -32;store stack+0x1de8 base=rsp;sp 32;ret",
	 .removed = 1 << SPS,
	 .left = "call;store stack+0x1de8 base=rsp;ret"},
	{.name = "all but calls",
	 .ops = "call;push;sp -32;call;push;sp -16;sp 16;pop;ret;sp 32;pop;ret",
	 .removed = ALL & ~(1u << CALLS),
	 .left = "call;call;ret;ret"},
	{.name = "all but pushes",
	 .ops = "call;push;sp -32;call;push;sp -16;sp 16;pop;ret;sp 32;pop;ret",
	 .removed = ALL & ~(1u << PUSHES),
	 .left = "push;push;pop;pop"},
	{.name = "all but frames",
	 .ops = FUNCTION,
	 .removed = ALL & ~(1u << STACK),
	 .left = "store stack+0x1dd8 base=rsp"},
	/* RSP must move all the same. */
	{.name = "push without a frame",
	 .ops = "push;store stack+0x1800;call;ret;pop",
	 .removed = 1 << PUSHES,
	 .left = "store stack+0x1800;call;ret"},
	{.name = "a return address where a push was overwritten",
	 .ops = "push;call;store stack+0x1df8 src=rax;ret;pop",
	 .removed = 1 << PUSHES,
	 .left = "sp -8;call;store stack+0x1df8 src=rax;ret;sp 8",
	 .adjusted = 2,
	 .exact = true},
	{.name = "a pop of what isn't pushed",
	 .ops = "sp -8;pop dst=rcx;push;pop",
	 .removed = 1 << SPS,
	 .left = "load stack+0x1df8 dst=rcx base=rsp;push;pop",
	 .reloaded = 1},
	{.name = "a push that is dropped",
	 .ops = "push;push;sp 16;call;ret",
	 .removed = 1 << PUSHES,
	 .left = "call;ret",
	 .merged = 1},
	/* One stack instead of two: 1 page more below one, 2 below the other. */
	{.name = "switch",
	 .ops = "switch other-stack+0xf00;call;sp -16;store other-stack+0xee8 "
		"base=rsp;store other-stack+0xf08;sp 16;ret;switch back;push;pop",
	 .removed = 1 << SWITCHES,
	 .left = "call;sp -16;store stack+0x2de8 base=rsp;store "
		 "other-stack+0x2f08;sp 16;ret;push;pop"},
	{.name = "switch that leaves a frame",
	 .ops = "push;switch other-stack+0xf00;sp -16;call;ret;switch "
		"stack+0x1df8;pop",
	 .removed = 1 << SWITCHES,
	 .left = "push;sp -16;call;ret;sp 16;pop",
	 .adjusted = 1},
	{.name = "switch to a stack that waits, below what it holds",
	 .ops = "push;switch other-stack+0xf00;call;switch stack+0x1d00;call;"
		"store stack+0x1cf0 base=rsp;ret;switch other-stack+0xef8;ret;"
		"switch stack+0x1df8;pop",
	 .removed = 1 << SWITCHES,
	 .left = "push;call;sp -248;call;store stack+0x2ce8 base=rsp;ret;"
		 "sp 248;ret;pop",
	 .adjusted = 2},
	{.name = "switch to a stack that waits, with a frame there",
	 .ops = "push;switch other-stack+0xf00;call;switch stack+0x1dd8;store "
		"stack+0x1dd8 base=rsp;store stack+0x1df8 base=rsp;call;ret;"
		"switch other-stack+0xef8;ret;switch stack+0x1df8;pop",
	 .removed = 1 << SWITCHES,
	 .left = "push;call;store stack+0x2dd0 base=rsp;store stack+0x2df8 "
		 "base=rsp;sp -32;call;ret;sp 32;ret;pop",
	 .adjusted = 2},
	{.name = "switch twice to the same place",
	 .ops = "switch other-stack+0xf00;call;ret;switch back;push;switch "
		"other-stack+0xf00;call;ret;switch stack+0x1df8;pop",
	 .removed = 1 << SWITCHES,
	 .left = "call;ret;push;call;ret;pop"},
	{.name = "all but switches",
	 .ops = "push;switch other-stack+0xf00;call;ret;switch stack+0x1df8;"
		"pop",
	 .removed = ALL & ~(1u << SWITCHES),
	 .left = "switch other-stack+0xf00;switch stack+0x1e00"},
	/* Operations that depended on one that is gone. */
	{.name = "an address",
	 .ops = "load heap dst=rdx;load stack+0x1e40 dst=rax;load heap+64 base=rax",
	 .removed = 1 << STACK,
	 .left = "load heap dst=rdx;load heap+64",
	 .independent = 1},
	{.name = "sources",
	 .ops = "load stack+0x1e40 dst=rbx;store heap src=rbx;push src=rbx;pop dst=rsi;"
		"mov dst=rcx src=rbx;alu dst=rsi src=rbx;cmov dst=rsi src=rbx;"
		"lea dst=rdx src=rbx base=rsi;test dst=rsi src=rbx",
	 .removed = 1 << STACK,
	 .left = "store heap;push;pop dst=rsi;imm dst=rcx;alu dst=rsi src=rsi;"
		 "cmov dst=rsi src=rsi;lea dst=rdx src=rsi;test dst=rsi src=rsi",
	 .independent = 7},
	{.name = "what can't do without",
	 .ops = "load stack+0x1e40 dst=rbx;cmpxchg heap src=rbx;chain 5 dst=rbx",
	 .removed = 1 << STACK,
	 .left = "imm dst=rbx;cmpxchg heap src=rbx;chain 5 dst=rbx",
	 .cleared = 1},
	{.name = "what only changes a register",
	 .ops = "load heap dst=rdx;alu dst=rdx;chain 7 dst=rdx;load m base=rdx",
	 .removed = 1 << REST,
	 .left = "load heap dst=rdx;load m base=rdx"},
	{.name = "a change of what is gone",
	 .ops = "load stack+0x1e40 dst=rdx;alu dst=rdx;load m base=rdx",
	 .removed = 1 << REST | 1 << STACK,
	 .left = "load m",
	 .independent = 1},
	{.name = "an exchange",
	 .ops = "load heap dst=rdx;lock xadd stack+0x1e40 dst=rdx;load m "
		"base=rdx",
	 .removed = 1 << STACK,
	 .left = "load heap dst=rdx;load m",
	 .independent = 1},
	{.name = "a vector",
	 .ops = "vload stack+0x1e40 16 dst=xmm3;vstore heap 16 src=xmm3;"
		"vload stack+0x1e40 16 dst=xmm4;valu 16 dst=xmm4 src=xmm4",
	 .removed = 1 << STACK,
	 .left = "valu 16 dst=xmm3 src=xmm3;vstore heap 16 src=xmm3;"
		 "valu 16 dst=xmm4 src=xmm4",
	 .cleared = 1},
	{.name = "what is written again",
	 .ops = "load stack+0x1e40 dst=rbx;imm dst=rbx;load heap base=rbx",
	 .removed = 1 << STACK,
	 .left = "imm dst=rbx;load heap base=rbx"},
	{.name = "an address that is no longer proved",
	 .ops = "push;store stack+0x1df8;load stack+0x1df8 dst=rcx;pop;"
		"load heap base=rcx",
	 .removed = 1 << PUSHES,
	 .left = "store stack+0x1df8;load stack+0x1df8 dst=rcx;load heap",
	 .unproved = 1},
};

static void check_planted(const struct planted *p)
{
	char text[4096], wanted_ops[4096], ops[4096];
	struct sequence wanted;
	struct ablated out;
	struct subject x;

	snprintf(text, sizeof(text), "%s%s", FRAME, p->ops);
	sequence_from(&x.s, text);
	proof(&x);
	ablate(&x, p->removed, &out);
	if (!out.possible)
		fail_msg("%s: %s", p->name, out.why.text);
	/* Read and written, so that spelling doesn't matter. */
	snprintf(
		text, sizeof(text),
		"region stack 4;region other-stack 4;region heap 1;region m 1;%s",
		p->left);
	sequence_from(&wanted, text);
	write_ops(&wanted, wanted_ops, sizeof(wanted_ops));
	write_ops(&out.sequence, ops, sizeof(ops));
	if (strcmp(ops, wanted_ops))
		fail_msg("%s:\n  %s\nisn't\n  %s", p->name, ops, wanted_ops);
	if (out.merged != p->merged || out.adjusted != p->adjusted ||
	    out.reloaded != p->reloaded || out.exact != p->exact ||
	    out.independent != p->independent || out.cleared != p->cleared ||
	    out.unproved != p->unproved)
		fail_msg("%s: merged %u, adjusted %u, reloaded %u, independent "
			 "%u, cleared %u, unproved %u, exact %d",
			 p->name, out.merged, out.adjusted, out.reloaded,
			 out.independent, out.cleared, out.unproved, out.exact);
	sequence_free(&wanted);
	ablation_free(&out);
	done(&x);
}

static void test_planted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(planted); i++)
		check_planted(&planted[i]);
}

/* A random program as a sequence, its operations in random classes. */
static void draw(struct subject *x, struct random *r, unsigned int classes)
{
	const struct swc_caps caps = caps_all();
	struct error err = {0};
	struct generated g;
	char name[16];
	__u32 i;

	generate(&g, r, &caps);
	assert_int_equal(sequence_init(&x->s, "random", &err), 0);
	for (i = 0; i < g.program.nregions; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		sequence_region(&x->s, name, g.regions[i].pages, &err);
	}
	x->s.entry_region = g.program.entry_region;
	x->s.entry_offset = g.program.entry_offset;
	for (i = 0; i < g.program.nops; i++)
		sequence_append(&x->s, &g.ops[i], (struct sequence_note){0},
				&err);
	assert_int_equal(err.code, 0);
	proof(x);
	for (i = 0; i < g.program.nops; i++)
		x->classes[i] = random_below(r, classes);
}

/* Kinds that other operations may become, or that may be put in. */
static bool is_changed(enum swc_op_kind kind)
{
	switch (kind) {
	case SWC_OP_SP:
	case SWC_OP_ALIGN:
	case SWC_OP_SWITCH:
	case SWC_OP_LOAD:
	case SWC_OP_POP:
	case SWC_OP_IMM:
	case SWC_OP_MOV:
	case SWC_OP_VALU:
	case SWC_OP_DIV:
	case SWC_OP_CHAIN:
	case SWC_OP_MARK:
		return true;
	default:
		return false;
	}
}

static bool is_kept(const struct subject *x, size_t i, uint32_t removed)
{
	return x->s.ops[i].kind == SWC_OP_MARK ||
	       !(removed & (1u << x->classes[i]));
}

/* How many operations of each kind are kept, and are there. */
static void check_kinds(const struct subject *x, uint32_t removed,
			const struct ablated *out)
{
	int balance[SWC_OP_KINDS] = {0};
	enum swc_op_kind kind;
	size_t i;

	for (i = 0; i < x->s.nops; i++)
		balance[x->s.ops[i].kind] += is_kept(x, i, removed);
	for (i = 0; i < out->sequence.nops; i++)
		balance[out->sequence.ops[i].kind]--;
	for (kind = 0; kind < SWC_OP_KINDS; kind++) {
		if (!is_changed(kind) && balance[kind])
			fail_msg("%s: %d missing", swc_op_traits(kind)->name,
				 balance[kind]);
	}
	assert_int_equal(balance[SWC_OP_POP], out->reloaded);
	assert_int_equal(-balance[SWC_OP_LOAD], out->reloaded);
	assert_int_equal(balance[SWC_OP_SP] + balance[SWC_OP_ALIGN] +
				 balance[SWC_OP_SWITCH],
			 (int)out->merged - (int)out->adjusted);
}

static bool has_place(const struct swc_op *op)
{
	uint32_t traits = swc_op_traits(op->kind)->traits;

	return (traits & SWC_HAS_MEM) && !(traits & SWC_STACK);
}

static bool loses_switch(const struct subject *x, uint32_t removed)
{
	size_t i;

	for (i = 0; i < x->s.nops; i++) {
		if (x->s.ops[i].kind == SWC_OP_SWITCH &&
		    !is_kept(x, i, removed))
			return true;
	}
	return false;
}

/* The kept operations make the same accesses as before, in order. */
static void check_places(const struct subject *x, uint32_t removed,
			 const struct ablated *out)
{
	const struct swc_op *op = out->sequence.ops;
	const struct swc_op *end = op + out->sequence.nops, *old;
	size_t i;

	if (out->reloaded || loses_switch(x, removed))
		return;
	for (i = 0; i < x->s.nops; i++) {
		old = &x->s.ops[i];
		if (!is_kept(x, i, removed) || !has_place(old))
			continue;
		while (op < end && !has_place(op))
			op++;
		assert_true(op < end);
		assert_int_equal(op->kind, old->kind);
		assert_int_equal(op->region, old->region);
		assert_int_equal(op->offset, old->offset);
		assert_int_equal(op->from, old->from);
		op++;
	}
}

/*
 * Any class is taken out of any program: the result is accepted, or said to be
 * impossible.
 */
static void test_random(void **state)
{
	unsigned int possible = 0, exact = 0, i;
	struct random r = {20};
	struct swc_program p;
	struct ablated out;
	struct subject x;
	uint32_t removed;

	(void)state;
	for (i = 0; i < RANDOM; i++) {
		draw(&x, &r, 6);
		removed = random_below(&r, 64);
		ablate(&x, removed, &out);
		if (out.possible) {
			p = sequence_program(&out.sequence);
			check_accepted(&p, &x.caps);
			check_kinds(&x, removed, &out);
			check_places(&x, removed, &out);
		} else {
			assert_true(out.why.text[0]);
		}
		possible += out.possible;
		exact += out.possible && out.exact;
		ablation_free(&out);
		done(&x);
	}
	/* Random programs restore what is no longer saved, and worse. */
	assert_true(possible > RANDOM * 8 / 10);
	assert_true(exact > 0);
}

/* Nothing taken out: nothing changes. */
static void test_identity(void **state)
{
	struct random r = {21};
	struct ablated out;
	struct subject x;
	unsigned int i;

	(void)state;
	for (i = 0; i < RANDOM; i++) {
		draw(&x, &r, 6);
		ablate(&x, 0, &out);
		assert_true(out.possible);
		assert_int_equal(out.sequence.nops, x.s.nops);
		assert_memory_equal(out.sequence.ops, x.s.ops,
				    x.s.nops * sizeof(*x.s.ops));
		ablation_free(&out);
		done(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
