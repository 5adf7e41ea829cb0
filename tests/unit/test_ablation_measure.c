// SPDX-License-Identifier: GPL-2.0
#include "ablation_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/optable.h"
#include "engine/state.h"
#include "fake.h"
#include "helper.h"

/*
 * Ablation on a backend that knows the truth: a sequence costs the sum of its
 * operations by kind, less what calls and locked operations share, more for
 * cold accesses.
 */

#define SHARED	  10.0 /* less, if there are calls and locked operations */
#define COLD_LINE 90.0 /* more, for each access to a cold region */
#define COLD_CODE 10.0 /* more, for each operation */
#define ALONG	  15.0 /* more in any state of data: what it takes along */

static struct {
	bool emulated;
	unsigned int refused; /* runs that refuse themselves, the first ones */
} world;

static unsigned int opened;

void machine_describe(struct machine *machine)
{
	*machine = (struct machine){.cpu = "planted"};
	strcpy(machine->hypervisor, world.emulated ? "TCGTCGTCGTCG" : "none");
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
	case SWC_OP_CMPXCHG:
		return 20;
	case SWC_OP_LOAD:
		return 3;
	case SWC_OP_STORE:
		return 2;
	case SWC_OP_BRANCH:
		return 1;
	case SWC_OP_CALL:
	case SWC_OP_RET:
		return 4;
	case SWC_OP_PUSH:
	case SWC_OP_POP:
		return 5;
	case SWC_OP_SWITCH:
		return 6;
	default:
		return 0;
	}
}

static bool is_cold(const struct swc_state *s, uint32_t region)
{
	const struct swc_region_set *sets[] = {&s->l1d, &s->l2, &s->memory,
					       &s->dtlb};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		if (sets[i]->bits[region / 64] >> (region % 64) & 1)
			return true;
	}
	return false;
}

static double cold_cost(const struct swc_op *op, const struct swc_state *state)
{
	double cycles = 0;

	if (op->kind == SWC_OP_MARK)
		return 0;
	if (state->flags & ~SWC_STATE_RESTORED)
		cycles += COLD_CODE;
	if (!(state->flags & SWC_STATE_RESTORED) &&
	    (swc_op_traits(op->kind)->traits & SWC_HAS_MEM) &&
	    op->kind != SWC_OP_SWITCH && is_cold(state, op->region))
		cycles += COLD_LINE;
	return cycles;
}

static double total(const struct sequence *s, const struct swc_state *state)
{
	bool calls = false, locked = false;
	double cycles = 0;
	size_t i;

	for (i = 0; i < s->nops; i++) {
		cycles += cost_of(&s->ops[i]);
		calls |= s->ops[i].kind == SWC_OP_CALL;
		locked |= s->ops[i].kind == SWC_OP_CMPXCHG;
		if (state)
			cycles += cold_cost(&s->ops[i], state);
	}
	if (calls && locked)
		cycles -= SHARED;
	/*
	 * Controls don't have this cost; a state that was made cold and is warm
	 * again has.
	 */
	if (state && !(state->flags & ~SWC_STATE_RESTORED) && s->nops > 1)
		cycles += ALONG;
	return cycles;
}

static struct backend *open_fake(uint32_t samples, struct error *err)
{
	struct backend *b = fake_new(samples, 7 + ++opened);

	(void)err;
	b->plant.noise = 2;
	return b;
}

static int load_fake(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	unsigned int arm = b->plant.narms++;

	(void)pedestal;
	(void)err;
	b->plant.cycles[arm] = total(s, state);
	if (arm == ARM_NULL && opened <= world.refused)
		b->plant.cycles[arm] += 5;
	return 0;
}

static const struct backend_ops fake = {FAKE_OPS(open_fake, load_fake)};

static const struct measure_options options = {
	.backend = &fake,
	.cpu = -1,
	.isolation = -1,
	.samples = 2000,
};

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	opened = 0;
	return 0;
}

#define PLANTED                                                              \
	"region stack 1;region other 1;region heap 1;region idle 1;"         \
	"entry stack+0xf00;chain 40 dst=rdx;push src=rbx;call;"              \
	"switch other+0xf00;lock cmpxchg heap 8 src=rcx;store other+0xe00;"  \
	"lock cmpxchg heap 8 src=rcx;branch taken;branch not-taken;"         \
	"switch stack+0xef0;ret;load heap+64 dst=rsi;load heap+128 dst=rdi;" \
	"load heap+192 dst=rdi;pop dst=rbx"

/* Each class costs so much in it, as the table of kinds says. */
static const double planted[OPCLASSES] = {
	[OPCLASS_REGISTERS] = 10, [OPCLASS_SWITCH] = 12,
	[OPCLASS_CALLS] = 8,	  [OPCLASS_BRANCHES] = 2,
	[OPCLASS_SYNC] = 40,	  [OPCLASS_STACK] = 2,
	[OPCLASS_HEAP] = 9,	  [OPCLASS_ARITHMETIC] = 40,
};

/* Within the interval, or nearly: 1 of 20 may miss by chance. */
static void check_estimate(const struct estimate *e, double truth, double most)
{
	double width = e->hi - e->lo;

	if (!(e->lo - width / 2 <= truth && truth <= e->hi + width / 2))
		fail_msg("%g [%g, %g] isn't %g", e->mean, e->lo, e->hi, truth);
	assert_true(width / 2 <= most);
}

static void ablate(struct sequence *s, bool cold, struct ablation *a)
{
	struct error err = {0};

	sequence_from(s, PLANTED);
	if (ablation_measure(s, &options, cold, a, &err))
		fail_msg("%s", err.text);
}

static void test_classes(void **state)
{
	const struct ablation_class *x;
	double whole = -SHARED, truth;
	struct sequence s;
	struct ablation a;
	enum opclass c;

	(void)state;
	ablate(&s, false, &a);
	if (!ablation_is_valid(&a))
		fail_msg("%s", a.warm.why);
	for (c = 0; c < OPCLASSES; c++)
		whole += planted[c];
	check_estimate(&a.whole, whole, 1);
	for (c = 0; c < OPCLASSES; c++) {
		x = &a.classes[c];
		assert_true(ablation_class_is_measured(x));
		truth = planted[c];
		check_estimate(&x->by_itself, truth, 1);
		if (c == OPCLASS_CALLS || c == OPCLASS_SYNC)
			truth -= SHARED;
		check_estimate(&x->removed, truth, 1);
		check_estimate(&x->share, truth / whole, 0.01);
	}
	check_estimate(&a.sum, whole - SHARED, 6);
	check_estimate(&a.interaction, SHARED, 6);
	assert_int_equal(a.warm.tries, 1);
	assert_int_equal(a.ncold, 0);
	ablation_measure_free(&a);
	sequence_free(&s);
}

static const struct ablation_cold *find(const struct ablation *a,
					enum state_kind kind, const char *name)
{
	const struct ablation_cold *c;

	for (c = a->cold; c < a->cold + a->ncold; c++) {
		if (c->kind == kind && !strcmp(c->name, name))
			return c;
	}
	return NULL;
}

/* Accesses by push and pop aren't cold in this world. */
static void check_kind(const struct ablation *a, enum state_kind kind)
{
	const struct ablation_cold *c = find(a, kind, ABLATION_NOTHING);

	assert_non_null(c);
	/* Making it cold has side effects; their cost is taken off. */
	check_estimate(&c->cycles, 0, 3);
	assert_int_equal(c->lines, 0);
	c = find(a, kind, "heap");
	assert_non_null(c);
	check_estimate(&c->cycles, 5 * COLD_LINE, 3);
	assert_int_equal(c->lines, 4);
	assert_int_equal(c->pages, 1);
	assert_int_equal(ablation_cold_units(c),
			 kind == STATE_COLD_DTLB ? 1 : 4);
	c = find(a, kind, "other");
	assert_non_null(c);
	check_estimate(&c->cycles, COLD_LINE, 3);
	assert_int_equal(c->lines, 1);
	c = find(a, kind, "stack");
	assert_non_null(c);
	check_estimate(&c->cycles, 0, 3);
	assert_null(find(a, kind, "idle"));
}

static void test_cold(void **state)
{
	const struct ablation_cold *c;
	enum state_kind kind;
	struct sequence s;
	struct ablation a;
	size_t wanted = 0;

	(void)state;
	ablate(&s, true, &a);
	assert_true(ablation_is_valid(&a));
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (kind == STATE_RECORDED)
			continue; /* the program's, of no single part */
		if (state_is_of_code(kind))
			assert_non_null(find(&a, kind, ABLATION_CODE));
		else
			check_kind(&a, kind);
		wanted += state_is_of_code(kind) ? 1 : 4;
	}
	c = find(&a, STATE_COLD_CODE, ABLATION_CODE);
	assert_non_null(c);
	check_estimate(&c->cycles, s.nops * COLD_CODE, 3);
	assert_true(c->lines > 2 && c->lines < 20);
	assert_int_equal(a.ncold, wanted);
	assert_int_equal(a.ncold_runs, STATE_KINDS - 1);
	ablation_measure_free(&a);
	sequence_free(&s);
}

/* A run that refuses itself is done again; not for ever. */
static void test_refused(void **state)
{
	struct sequence s;
	struct ablation a;

	(void)state;
	world.refused = MEASURE_TRIES - 1;
	ablate(&s, false, &a);
	assert_true(ablation_is_valid(&a));
	assert_int_equal(a.warm.tries, MEASURE_TRIES);
	ablation_measure_free(&a);
	sequence_free(&s);

	world.refused = 1000;
	ablate(&s, false, &a);
	assert_false(ablation_is_valid(&a));
	assert_int_equal(a.warm.tries, MEASURE_TRIES);
	assert_true(a.warm.why[0]);
	ablation_measure_free(&a);
	sequence_free(&s);
}

static void test_emulated(void **state)
{
	struct sequence s;
	struct ablation a;

	(void)state;
	world.emulated = true;
	ablate(&s, true, &a);
	assert_false(ablation_is_valid(&a));
	assert_false(a.cold[0].run->valid);
	/* Nothing changes by doing it again. */
	assert_int_equal(a.warm.tries, 1);
	assert_int_equal(opened, 1 + a.ncold_runs);
	ablation_measure_free(&a);
	sequence_free(&s);
}

static void test_agrees(void **state)
{
	const struct estimate a = {10, 8, 12}, near = {14, 12, 16},
			      far = {15, 13.5, 16.5};

	(void)state;
	assert_true(ablation_agrees(&a, &a));
	assert_true(ablation_agrees(&a, &near));
	assert_true(ablation_agrees(&near, &a));
	assert_false(ablation_agrees(&a, &far));
	assert_false(ablation_agrees(&far, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_classes, set_up),
		cmocka_unit_test_setup(test_cold, set_up),
		cmocka_unit_test_setup(test_refused, set_up),
		cmocka_unit_test_setup(test_emulated, set_up),
		cmocka_unit_test_setup(test_agrees, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
