// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "prefix.h"

/*
 * Profiles from a backend that knows the truth: a sequence costs what its
 * operations are planted to cost, some of them less than nothing.
 */

#define COST_OTHER 2.0
#define COST_MUL   -5.0

static struct {
	bool emulated;
	double whole_more; /* what a whole costs more than its longest prefix */
	double placed_more; /* what it costs more where its code was recorded */
	unsigned int fail_load;
	unsigned int loads;
	size_t nops; /* of the whole */
	int open;
} world;

void machine_describe(struct machine *machine)
{
	*machine = (struct machine){.cpu = "planted <CPU> & \"friends\""};
}

bool machine_is_emulated(const struct machine *machine)
{
	(void)machine;
	return world.emulated;
}

static double planted_cost(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_MARK:
	case SWC_OP_IMM: /* nothing waits for a zero */
		return 0;
	case SWC_OP_CHAIN:
		return op->imm;
	case SWC_OP_MUL:
		return COST_MUL;
	default:
		return COST_OTHER;
	}
}

static struct backend *open_fake(uint32_t samples, struct error *err)
{
	struct backend *b = fake_new(samples, 7);

	(void)err;
	b->plant.noise = 3;
	world.open++;
	return b;
}

static void close_fake(struct backend *b)
{
	fake_free(b);
	world.open--;
}

static int load_fake(struct backend *b, const struct sequence *s,
		     uint32_t pedestal, const struct swc_state *state,
		     struct error *err)
{
	double *cycles = &b->plant.cycles[b->plant.narms++];
	size_t i;

	(void)state;
	if (++world.loads == world.fail_load)
		return error_set(err, EXIT_IMPOSSIBLE, "planted: load");
	b->plant.pedestal = pedestal;
	*cycles = 0;
	for (i = 0; i < s->nops; i++)
		*cycles += planted_cost(&s->ops[i]);
	/*
	 * A prefix that isn't whole needs its end open, or it would be refused. A
	 * sequence without functions is of the run's self-test.
	 */
	if (s->functions.n > 1 && s->nops > 1 && s->nops < world.nops)
		assert_true(s->open_end);
	if (s->nops == world.nops && !s->open_end)
		*cycles += world.whole_more +
			   (s->ops[0].code ? world.placed_more : 0);
	return 0;
}

static const struct backend_ops fake = {
	.name = "fake",
	.isolations = SWC_CAP_ISOLATION(SWC_ISOLATION_NONE),
	.open = open_fake,
	.close = close_fake,
	.load = load_fake,
	.unload = fake_unload,
	.run = fake_run,
};

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return world.open;
}

#define LONG 130 /* operations of fn long, more than fit into two rounds */

/* No format takes this as it is; the text form couldn't say it. */
#define NASTY "<g&;\\\xff>"

static void append(struct sequence *s, struct swc_op op, uint32_t function)
{
	struct sequence_note note = {.function = function, .line = 1};
	struct error err = {0};

	assert_int_equal(sequence_append(s, &op, note, &err), 0);
}

/*
 * Two stacks, returns out of order, phases that begin inside calls. Return: what
 * it costs.
 */
static double make_sequence(struct sequence *s)
{
	struct swc_op op = sequence_op(SWC_OP_ALU);
	double cost = 0;
	int function;
	size_t i;

	sequence_from(s, "region s 1; region t 1; entry s+0x800; "
			 "call; fn main.f; chain 20; mark one; call; "
			 "fn nasty; chain 40; switch t+0x800; "
			 "call; fn runtime.h; chain 30; mul; mark two; "
			 "switch s+0x7f0; ret; fn main.f; chain 6; "
			 "switch t+0x7f8; ret; fn nasty; chain 3");
	function = names_find(&s->functions, "nasty");
	free(s->functions.list[function]);
	s->functions.list[function] = strdup(NASTY);
	function = names_add(&s->functions, "long");
	op.dst = SWC_REG_RAX;
	op.size = 8;
	for (i = 0; i < LONG; i++)
		append(s, op, function);
	op = sequence_op(SWC_OP_SWITCH);
	op.flags = SWC_OPF_BACK;
	append(s, op, function);
	op = sequence_op(SWC_OP_MARK);
	op.imm = names_add(&s->marks, "three");
	append(s, op, function);
	world.nops = s->nops;
	for (i = 0; i < s->nops; i++)
		cost += planted_cost(&s->ops[i]);
	return cost;
}

static int try_profile(const struct sequence *s, struct prefix_profile *p,
		       struct error *err)
{
	static const struct swc_state warm;
	struct measure_options o = {
		.backend = &fake,
		.isolation = -1,
		.samples = 1000,
	};

	return prefix_profile(s, &warm, &o, p, err);
}

static void profile(const struct sequence *s, struct prefix_profile *p)
{
	struct error err = {0};

	if (try_profile(s, p, &err))
		fail_msg("%s", err.text);
}

static void near(const struct estimate *e, double truth, double most)
{
	double half = estimate_half_width(e);

	assert_true(e->lo <= e->mean && e->mean <= e->hi);
	if (fabs(e->mean - truth) > 2.5 * half || half > most)
		fail_msg("%f [%f, %f], not %f", e->mean, e->lo, e->hi, truth);
}

static const struct prefix_part *part(const struct prefix_parts *parts,
				      const char *name)
{
	size_t i;

	for (i = 0; i < parts->n; i++) {
		if (!strcmp(parts->list[i].name, name))
			return &parts->list[i];
	}
	fail_msg("no %s", name);
	return NULL;
}

static void want_part(const struct prefix_parts *parts, const char *name,
		      size_t nops, double cycles, double whole)
{
	const struct prefix_part *found = part(parts, name);

	assert_int_equal(found->nops, nops);
	near(&found->cycles, cycles, 3);
	near(&found->share, cycles / whole, 3 / whole);
}

static void test_truth(void **state)
{
	struct prefix_profile p;
	struct sequence s;
	double cost = make_sequence(&s);
	size_t i;

	(void)state;
	profile(&s, &p);
	if (!p.valid)
		fail_msg("%s", p.why);
	near(&p.whole, cost, 3);
	near(&p.total, cost, 3);
	near(&p.closure, 1, 0.02);
	assert_true(prefix_closes(&p));
	for (i = 0; i < s.nops; i++) {
		near(&p.ops[i].cycles, planted_cost(&s.ops[i]), 3);
		/* An operation that emits nothing costs nothing, for certain. */
		if (s.ops[i].kind == SWC_OP_MARK)
			assert_true(p.ops[i].cycles.lo == 0 &&
				    p.ops[i].cycles.hi == 0);
	}
	want_part(&p.functions, CALLPATH_UNNAMED, 1, 2, cost);
	want_part(&p.functions, "main.f", 6, 32, cost);
	want_part(&p.functions, NASTY, 4, 47, cost);
	want_part(&p.functions, "runtime.h", 5, 29, cost);
	want_part(&p.functions, "long", LONG + 2, 2 * LONG + 2, cost);
	assert_int_equal(p.functions.n, 5);
	want_part(&p.classes, "calls and returns", 5, 10, cost);
	want_part(&p.classes, "stack switch", 4, 8, cost);
	want_part(&p.classes, "heap memory", 0, 0, cost);
	assert_int_equal(p.classes.n, OPCLASSES);
	want_part(&p.phases, "(before the first mark)", 2, 22, cost);
	want_part(&p.phases, "one", 7, 71, cost);
	want_part(&p.phases, "three", 1, 0, cost);
	assert_int_equal(p.phases.n, 4);
	prefix_profile_free(&p);
	sequence_free(&s);
}

/*
 * The multiplication takes back a part of the cost of the chain before it, which
 * doesn't last; all else does, and both views make the same whole.
 */
static void test_lasting(void **state)
{
	struct prefix_profile p;
	struct sequence s;
	double truth, sum = 0;
	size_t i;

	(void)state;
	make_sequence(&s);
	profile(&s, &p);
	for (i = 0; i < s.nops; i++) {
		truth = planted_cost(&s.ops[i]);
		if (i + 1 < s.nops && s.ops[i + 1].kind == SWC_OP_MUL)
			truth += COST_MUL;
		if (s.ops[i].kind == SWC_OP_MUL)
			truth = 0;
		/* Noise of 2 cycles may hide the cost of an operation of 2. */
		if (truth > 5 || s.ops[i].kind == SWC_OP_MUL)
			near(&p.ops[i].lasting, truth, 3);
		if (i)
			assert_true(p.ops[i].lasting.mean > -1e-9);
	}
	near(&part(&p.functions, "runtime.h")->lasting, 29, 3);
	near(&part(&p.functions, "long")->lasting, 2 * LONG + 2, 3);
	near(&part(&p.phases, "one")->lasting, 71, 3);
	for (i = 0; i < p.functions.n; i++)
		sum += p.functions.list[i].lasting.mean;
	assert_true(fabs(sum - p.total.mean) < 1e-6);
	for (i = 0, sum = 0; i < p.nruns; i++)
		sum += p.runs[i].lasting.mean;
	assert_true(fabs(sum - p.total.mean) < 1e-6);
	prefix_profile_free(&p);
	sequence_free(&s);
}

/* The path of operation @op, outermost first, by semicolons. */
static void want_path(const struct prefix_profile *p, size_t op,
		      const char *expected)
{
	uint32_t path = p->paths.of[op];
	char text[256] = "", longer[512];

	for (; path != CALLPATH_NONE; path = p->paths.list[path].parent) {
		snprintf(longer, sizeof(longer), "%s%s%s",
			 p->paths.list[path].name, *text ? "|" : "", text);
		strcpy(text, longer);
	}
	assert_string_equal(text, expected);
}

static void test_paths(void **state)
{
	struct prefix_profile p;
	struct sequence s;
	double sum = 0;
	size_t i, next = 0;

	(void)state;
	make_sequence(&s);
	profile(&s, &p);
	want_path(&p, 0, CALLPATH_UNNAMED);
	want_path(&p, 1, "main.f");
	want_path(&p, 3, "one|main.f");
	want_path(&p, 4, "one|main.f|" NASTY);
	want_path(&p, 7, "one|main.f|" NASTY "|runtime.h");
	/* The first to return is the caller, not the callee. */
	want_path(&p, 11, "two|main.f|" NASTY "|runtime.h");
	want_path(&p, 12, "two|main.f");
	want_path(&p, 15, "two|main.f|" NASTY);
	for (i = 0; i < p.nruns; i++) {
		assert_int_equal(p.runs[i].first, next);
		next += p.runs[i].nops;
		sum += p.runs[i].cycles.mean;
	}
	assert_int_equal(next, s.nops);
	assert_true(fabs(sum - p.total.mean) < 1e-6);
	for (i = 0, sum = 0; i < p.paths.n; i++) {
		sum += p.self.list[i].cycles.mean;
		assert_true(p.paths.list[i].parent == CALLPATH_NONE ||
			    p.paths.list[i].parent < i);
	}
	assert_true(fabs(sum - p.total.mean) < 1e-6);
	prefix_profile_free(&p);
	sequence_free(&s);
}

/* If the whole costs something else than its parts, that is reported. */
static void test_disagreement(void **state)
{
	struct prefix_profile p;
	struct sequence s;
	double cost = make_sequence(&s);

	(void)state;
	world.whole_more = 0.05 * cost;
	profile(&s, &p);
	assert_true(p.valid);
	assert_false(prefix_closes(&p));
	assert_false(prefix_agrees(&p));
	near(&p.closure, 1 / 1.05, 0.02);
	prefix_profile_free(&p);
	world.whole_more = 0.02 * cost;
	profile(&s, &p);
	assert_true(prefix_closes(&p));
	assert_false(prefix_agrees(&p));
	prefix_profile_free(&p);
	sequence_free(&s);
}

/* Disagreement that comes from where code lies is reported by itself. */
static void test_layout(void **state)
{
	struct prefix_profile p;
	struct sequence s;
	double cost = make_sequence(&s);
	size_t i;

	(void)state;
	world.placed_more = 0.05 * cost;
	profile(&s, &p);
	assert_false(p.has_layout);
	assert_true(prefix_agrees(&p));
	assert_true(p.packed.mean == p.closure.mean);
	prefix_profile_free(&p);

	for (i = 0; i < s.nops; i++)
		s.ops[i].code = SWC_CODE(1, i);
	profile(&s, &p);
	assert_true(p.has_layout);
	near(&p.layout, 0.05 * cost, 3);
	near(&p.packed, 1 / 1.05, 0.02);
	near(&p.closure, 1, 0.02);
	assert_true(prefix_agrees(&p));
	/* The sequence itself stays as it was. */
	assert_int_equal(s.ops[1].code, SWC_CODE(1, 1));
	prefix_profile_free(&p);

	world.placed_more = 0;
	world.whole_more = 0.05 * cost;
	profile(&s, &p);
	near(&p.layout, 0, 3);
	near(&p.closure, 1 / 1.05, 0.02);
	prefix_profile_free(&p);
	sequence_free(&s);
}

static void test_refusals(void **state)
{
	struct swc_op nop = sequence_op(SWC_OP_NOP);
	struct error err = {0};
	struct prefix_profile p;
	struct sequence s;

	(void)state;
	sequence_from(&s, "mark a; chain 5; mark b");
	assert_int_equal(try_profile(&s, &p, &err), -1);
	assert_non_null(strstr(err.text, "two operations"));
	nop.imm = 1;
	while (s.nops <= PREFIX_MAX_OPS)
		sequence_append(&s, &nop, (struct sequence_note){0}, &err);
	err.text[0] = 0;
	assert_int_equal(try_profile(&s, &p, &err), -1);
	assert_non_null(strstr(err.text, "at most 4096"));
	assert_int_equal(err.code, EXIT_USAGE);
	sequence_free(&s);
	err.text[0] = 0;
	make_sequence(&s);
	world.fail_load = 300;
	assert_int_equal(try_profile(&s, &p, &err), -1);
	assert_string_equal(err.text, "planted: load");
	sequence_free(&s);
}

static void test_withheld(void **state)
{
	struct prefix_profile p;
	struct sequence s;

	(void)state;
	make_sequence(&s);
	world.emulated = true;
	profile(&s, &p);
	assert_false(p.valid);
	assert_non_null(strstr(p.why, "emulated"));
	prefix_profile_free(&p);
	sequence_free(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_truth),    TEST(test_lasting),
		TEST(test_paths),    TEST(test_disagreement),
		TEST(test_layout),   TEST(test_refusals),
		TEST(test_withheld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
