// SPDX-License-Identifier: GPL-2.0
#include "codelayout.h"
#include "deviation.h"

#include <string.h>

#include "engine/optable.h"
#include "fake.h"
#include "helper.h"
#include "lowered.h"
#include "seqtext.h"

/*
 * Deviations, planted once more: the operations are those that were asked for, and what
 * they cost is found, on a backend that knows the truth.
 */

#define COST_NOP     3.0
#define COST_CMOV    7.0
#define COST_BRANCH  2.0 /* not taken */
#define COST_TAKEN   6.0
#define COST_CALL    5.0
#define COST_POINTER 9.0

static bool emulated;

void machine_describe(struct machine *machine)
{
	*machine = (struct machine){.cpu = "planted"};
	strcpy(machine->hypervisor, emulated ? "TCGTCGTCGTCG" : "none");
}

bool machine_is_emulated(const struct machine *machine)
{
	return !strcmp(machine->hypervisor, "TCGTCGTCGTCG");
}

static double cost_of(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_CHAIN:
		return op->imm;
	case SWC_OP_NOP:
		return COST_NOP;
	case SWC_OP_CMOV:
		return COST_CMOV;
	case SWC_OP_CALL:
		return COST_CALL;
	case SWC_OP_JUMP:
		return op->flags & SWC_OPF_INDIRECT ? COST_POINTER : 0;
	case SWC_OP_BRANCH:
		return op->flags & SWC_OPF_TAKEN ? COST_TAKEN : COST_BRANCH;
	default:
		return 0;
	}
}

static struct backend *open_fake(uint32_t samples, struct error *err)
{
	struct backend *b = fake_new(samples, 7);

	(void)err;
	b->plant.noise = 1;
	return b;
}

static int load_fake(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	double *cycles = &b->plant.cycles[b->plant.narms++];
	size_t i;

	(void)pedestal;
	(void)state;
	(void)err;
	for (*cycles = 0, i = 0; i < s->nops; i++)
		*cycles += cost_of(&s->ops[i]);
	return 0;
}

static const struct backend_ops fake = {FAKE_OPS(open_fake, load_fake)};

static const struct measure_options options = {
	.backend = &fake,
	.cpu = -1,
	.isolation = -1,
	.samples = 2000,
};

/* A loop of three turns, two flags into registers, a system call. */
#define STEP(n, ...) .length = (n), .bytes = {__VA_ARGS__}, .rsp = ENTRY

static const struct planted steps[] = {
	{STEP(2, 0xff, 0xc9)},				  /* dec ecx */
	{STEP(2, 0x75, 0xfc), .flags = TRACE_STEP_TAKEN}, /* jne */
	{STEP(2, 0xff, 0xc9), .flags = PLANTED_AGAIN(0)},
	{STEP(2, 0x75, 0xfc), .flags = PLANTED_AGAIN(1)},
	{STEP(3, 0x0f, 0x94, 0xc0)}, /* sete al */
	{STEP(3, 0x0f, 0x94, 0xc2)}, /* sete dl */
	{STEP(2, 0x0f, 0x05)},	     /* syscall */
	{STEP(1, 0xc3), .accesses = {{ENTRY, 8, R, IN_STACK}}},
	{.length = 0},
};

static unsigned int count(const struct sequence *s, enum swc_op_kind kind,
			  uint8_t flags)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < s->nops; i++)
		n += s->ops[i].kind == kind && s->ops[i].flags == flags;
	return n;
}

static void plant(const struct lowered *l, enum lower_deviation d,
		  struct planting *p)
{
	struct swc_caps caps;
	struct error err = {0};

	swc_caps_probe(&caps);
	if (planting_make(&l->sequence, &l->details, d, &caps, p, &err))
		fail_msg("%s", err.text);
}

static void test_operations(void **state)
{
	const struct sequence *as;
	struct planting p;
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	as = &l.sequence;

	assert_int_equal(l.lowering.count[LOWER_LOOP], 1);
	plant(&l, LOWER_LOOP, &p);
	assert_int_equal(p.planted, 1);
	assert_int_equal(p.sequence.nops, as->nops);
	assert_int_equal(count(&p.sequence, SWC_OP_BRANCH, SWC_OPF_TAKEN),
			 count(as, SWC_OP_BRANCH, SWC_OPF_TAKEN) + 1);
	planting_free(&p);

	plant(&l, LOWER_CLASS, &p);
	assert_int_equal(p.planted, l.lowering.count[LOWER_CLASS]);
	assert_int_equal(count(&p.sequence, SWC_OP_CMOV, 0),
			 2 * count(as, SWC_OP_CMOV, 0));
	planting_free(&p);

	plant(&l, LOWER_CALLER_CALL, &p);
	assert_int_equal(count(&p.sequence, SWC_OP_CALL, 0), 2);
	assert_int_equal(count(&p.sequence, SWC_OP_RET, 0), 2);
	planting_free(&p);

	plant(&l, LOWER_SYSCALL, &p);
	assert_int_equal(p.planted, 0);
	assert_non_null(p.why);
	planting_free(&p);
	planted_done(&l);
}

static void check_estimate(const struct estimate *e, double truth)
{
	double width = e->hi - e->lo;

	if (!(e->lo - width / 2 <= truth && truth <= e->hi + width / 2))
		fail_msg("%g [%g, %g] isn't %g", e->mean, e->lo, e->hi, truth);
	if (!(width / 2 <= 1))
		fail_msg("%g [%g, %g] is wide", e->mean, e->lo, e->hi);
}

static void test_effects(void **state)
{
	static struct deviation_effects e;
	struct error err = {0};
	enum lower_deviation d;
	struct lowered l;

	(void)state;
	planted_lower(&l, steps, false);
	if (deviation_measure(&l.sequence, &l.lowering, &l.details, &options,
			      &e, &err))
		fail_msg("%s", err.text);
	if (!e.m.valid)
		fail_msg("%s", e.m.why);
	check_estimate(&e.list[LOWER_LOOP].cycles, COST_TAKEN - COST_BRANCH);
	check_estimate(&e.list[LOWER_CLASS].cycles, 2 * COST_CMOV);
	check_estimate(&e.list[LOWER_CALLER_CALL].cycles, COST_CALL);
	/* Each that is there is measured, or has a reason. */
	for (d = 0; d < LOWER_DEVIATIONS; d++)
		assert_int_equal(!!l.lowering.count[d],
				 !!e.list[d].planting.planted +
					 !!e.list[d].planting.why);
	deviation_free(&e);
	planted_done(&l);
}

/* An indirect jump, two address registers, a thread's own variable, rbp twice. */
static const struct planted carrying[] = {
	{STEP(2, 0xff, 0xe0)},		  /* jmp rax */
	{STEP(4, 0x48, 0x8b, 0x04, 0xcb), /* mov rax, [rbx + rcx * 8] */
	 .accesses = {{HEAP, 8, R, IN_HEAP}}},
	{STEP(9, 0x64, 0x48, 0x8b, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff),
	 .accesses = {{TLS + 0x10, 8, R, IN_TLS}}},
	{STEP(3, 0x48, 0x89, 0xe8)},	  /* mov rax, rbp */
	{STEP(4, 0x48, 0x89, 0x45, 0x08), /* mov [rbp + 8], rax */
	 .accesses = {{HEAP, 8, W, IN_HEAP}}},
	{STEP(1, 0xc3), .accesses = {{ENTRY, 8, R, IN_STACK}}},
	{.length = 0},
};

/* Operation @i without it, where there are @n of that. */
static void check_without(const struct deviation_effects *e, enum carried what,
			  unsigned int n, size_t i, const char *text)
{
	const struct planting *p = &e->carried[what].planting;
	char line[256];

	assert_int_equal(p->planted, n);
	seqtext_line(&p->sequence, &p->sequence.ops[i], line, sizeof(line));
	*strstr(line, " code=") = '\0';
	assert_string_equal(line, text);
}

static void test_carried(void **state)
{
	static struct deviation_effects e;
	struct error err = {0};
	struct lowered l;

	(void)state;
	planted_lower(&l, carrying, false);
	if (deviation_measure(&l.sequence, &l.lowering, &l.details, &options,
			      &e, &err))
		fail_msg("%s", err.text);
	if (!e.m.valid)
		fail_msg("%s", e.m.why);
	check_without(&e, CARRIED_INDIRECT, 1, 1, "jump");
	check_without(&e, CARRIED_INDEX, 1, 2,
		      "load heap+0 8 dst=rax base=rbx");
	check_without(&e, CARRIED_SEGMENT, 1, 3, "load tls+0x10 8 dst=rax");
	check_without(&e, CARRIED_RBP, 2, 5, "store heap+0 8 src=rax base=r15");
	check_estimate(&e.carried[CARRIED_INDIRECT].cycles, -COST_POINTER);
	check_estimate(&e.carried[CARRIED_RBP].cycles, 0);
	deviation_free(&e);
	planted_done(&l);
	/* Nothing of that is there. */
	planted_lower(&l, steps, false);
	if (deviation_measure(&l.sequence, &l.lowering, &l.details, &options,
			      &e, &err))
		fail_msg("%s", err.text);
	assert_int_equal(e.carried[CARRIED_SEGMENT].planting.planted, 0);
	deviation_free(&e);
	planted_done(&l);
}

/* Without sharing each of three calls has code of its own, at other places of the page. */
static void test_sharing(void **state)
{
	static const char *const text =
		"region s 2; entry s+0x1000; call code=1.0+0; nop 3 code=2.0+0;"
		"ret code=2.0+9; call code=1.0+5; nop 3 code=2.0+0;"
		"ret code=2.0+9; call code=1.0+10; nop 3 code=2.0+0;"
		"ret code=2.0+9; nop 9 code=1.0+15";
	struct code_layout with, without;
	struct swc_caps caps = caps_all();
	struct error err = {0};
	struct sequence s;
	struct planting p;

	(void)state;
	sequence_from(&s, text);
	assert_int_equal(carried_without(&s, CARRIED_SHARING, &caps, &p, &err),
			 0);
	assert_int_equal(p.planted, 4);
	assert_int_equal(code_layout_of(&with, &s, &caps, &err), 0);
	assert_int_equal(code_layout_of(&without, &p.sequence, &caps, &err), 0);
	assert_int_equal(with.shared, 4);
	assert_int_equal(without.shared, 0);
	assert_int_equal(with.emitted_lines, 2);
	/* Two begin in one line. */
	assert_int_equal(without.emitted_lines, 3);
	assert_int_equal(with.emitted_pages, without.emitted_pages);
	planting_free(&p);
	sequence_free(&s);
}

static void test_emulated(void **state)
{
	static struct deviation_effects e;
	struct error err = {0};
	struct lowered l;

	(void)state;
	emulated = true;
	planted_lower(&l, steps, false);
	if (deviation_measure(&l.sequence, &l.lowering, &l.details, &options,
			      &e, &err))
		fail_msg("%s", err.text);
	assert_false(e.m.valid);
	deviation_free(&e);
	planted_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_emulated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
