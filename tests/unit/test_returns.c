// SPDX-License-Identifier: GPL-2.0
#include "returns.h"

#include <math.h>

#include "helper.h"
#include "returns_fit.h"
#include "returns_sequences.h"

/* The returns of a sequence as an endless stack of predictions would see them. */
struct predicted {
	unsigned int returns;
	unsigned int wrong;
};

/*
 * Follow calls and returns by the places of their return addresses: where the
 * verifier says that RSP is, and in the order in which they were pushed.
 */
static struct predicted predict(const struct sequence *s)
{
	const struct swc_caps caps = caps_all();
	struct swc_program program = sequence_program(s);
	struct predicted p = {0, 0};
	struct swc_proof_op stack[1024], *at;
	unsigned int n = 0;
	struct verified v;
	size_t i;

	if (!verify(&v, &program, &caps))
		fail_msg("%s: op %u: %s", s->path, v.error.op,
			 swc_error_text(v.error.code));
	for (i = 0; i < s->nops; i++) {
		at = &v.proof.ops[i];
		if (s->ops[i].kind == SWC_OP_CALL) {
			stack[n] = *at;
			stack[n++].sp_offset -= 8;
		}
		if (s->ops[i].kind != SWC_OP_RET)
			continue;
		assert_true(n);
		n--;
		p.returns++;
		p.wrong += stack[n].sp_region != at->sp_region ||
			   stack[n].sp_offset != at->sp_offset;
	}
	assert_int_equal(n, 0);
	verified_free(&v);
	check_accepted(&program, &caps);
	return p;
}

static void check_same_ops(const struct sequence *a, const struct sequence *b)
{
	int n[SWC_OP_KINDS] = {0};
	enum swc_op_kind kind;
	size_t i;

	for (i = 0; i < a->nops; i++)
		n[a->ops[i].kind]++;
	for (i = 0; i < b->nops; i++)
		n[b->ops[i].kind]--;
	for (kind = 0; kind < SWC_OP_KINDS; kind++)
		assert_int_equal(n[kind], 0);
}

static void check_predicted(struct sequence *s, unsigned int returns,
			    unsigned int wrong)
{
	struct predicted p = predict(s);

	if (p.returns != returns || p.wrong != wrong)
		fail_msg("%s: %u returns, %u wrong, not %u and %u", s->path,
			 p.returns, p.wrong, returns, wrong);
}

static void test_nested(void **state)
{
	struct error err = {0};
	struct sequence s;
	unsigned int n;

	(void)state;
	for (n = 1; n <= RETURNS_DEPTH; n++) {
		assert_int_equal(returns_nested(&s, n, &err), 0);
		assert_int_equal(s.nops, 2 * n);
		check_predicted(&s, n, 0);
		sequence_free(&s);
		assert_int_equal(returns_pairs(&s, n, &err), 0);
		assert_int_equal(s.nops, 2 * n);
		check_predicted(&s, n, 0);
		sequence_free(&s);
	}
}

/* All are predicted wrong, or none, and by the same operations. */
static void test_alternating(void **state)
{
	struct sequence matched, mismatched;
	struct error err = {0};
	unsigned int n;

	(void)state;
	for (n = 2; n <= RETURNS_DEPTH; n += 2) {
		assert_int_equal(returns_alternating(&matched, n, true, &err),
				 0);
		assert_int_equal(
			returns_alternating(&mismatched, n, false, &err), 0);
		check_predicted(&matched, n, 0);
		check_predicted(&mismatched, n, n);
		check_same_ops(&matched, &mismatched);
		sequence_free(&matched);
		sequence_free(&mismatched);
	}
}

static void test_across(void **state)
{
	struct sequence switched, not_switched;
	struct error err = {0};

	(void)state;
	assert_int_equal(returns_across(&switched, 5, true, &err), 0);
	assert_int_equal(returns_across(&not_switched, 5, false, &err), 0);
	check_predicted(&switched, 10, 0);
	check_predicted(&not_switched, 10, 0);
	check_same_ops(&switched, &not_switched);
	sequence_free(&switched);
	sequence_free(&not_switched);
}

#define POINTS 20u

/* A deterministic disturbance, at most 1 to each side. */
static double noise(unsigned int i)
{
	return sin(12.9898 * i) * 43758.5453 -
	       floor(sin(12.9898 * i) * 43758.5453) - 0.5;
}

/* Lines of slope @before up to @bend, then of @beyond, @jump higher. */
static void plant(double *x, double *y, double bend, double before,
		  double beyond, double jump, double disturbed)
{
	unsigned int i;

	for (i = 0; i < POINTS; i++) {
		x[i] = 2 * (i + 1);
		y[i] = 7 + before * x[i] + disturbed * noise(i);
		if (x[i] > bend)
			y[i] += jump + (beyond - before) * (x[i] - bend);
	}
}

static void test_bend(void **state)
{
	static const double bends[] = {9, 12, 16.5, 30, 33};
	double x[POINTS], y[POINTS];
	struct returns_lines l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bends); i++) {
		plant(x, y, bends[i], 30, 0, 0, 0);
		assert_int_equal(returns_fit_bend(x, y, POINTS, &l), 0);
		assert_true(fabs(l.bend - bends[i]) < 0.1);
		assert_true(fabs(l.before - 30) < 0.5);
		assert_true(fabs(l.beyond) < 0.5);
		plant(x, y, bends[i], 1, 20, 0, 5);
		assert_int_equal(returns_fit_bend(x, y, POINTS, &l), 0);
		assert_true(fabs(l.bend - bends[i]) < 1);
	}
	assert_int_equal(returns_fit_bend(x, y, 4, &l), -1);
}

static void test_jump(void **state)
{
	double x[POINTS], y[POINTS];
	struct returns_lines l;
	unsigned int i;

	(void)state;
	for (i = 3; i + 3 <= POINTS; i++) {
		/* A jump alone, a jump and a bend, a bend that is a jump, too. */
		plant(x, y, 2 * i, 1, 1, 50, 5);
		assert_int_equal(returns_fit_jump(x, y, POINTS, &l), 0);
		assert_true(l.bend == 2 * i);
		plant(x, y, 2 * i, 1, 4, 50, 5);
		assert_int_equal(returns_fit_jump(x, y, POINTS, &l), 0);
		assert_true(l.bend == 2 * i);
		plant(x, y, 2 * i, 1, 4, 50, 0);
		assert_int_equal(returns_fit_jump(x, y, POINTS, &l), 0);
		assert_true(fabs(l.before - 1) < 1e-6);
		assert_true(fabs(l.beyond - 4) < 1e-6);
	}
	assert_int_equal(returns_fit_jump(x, y, 5, &l), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_alternating),
		cmocka_unit_test(test_across),
		cmocka_unit_test(test_bend),
		cmocka_unit_test(test_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
