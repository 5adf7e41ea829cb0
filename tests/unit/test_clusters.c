// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>

#include "clusters.h"
#include "helper.h"
#include "signflip.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/*
 * Darwin's maize, in eighths of an inch (Fisher, The Design of Experiments, 1935,
 * section 21): of 32768 sums 863 are as large as the one found, or larger.
 */
static void test_maize(void **state)
{
	static const int differences[] = {49, -67, 8,  16, 6,  23, 28, 41,
					  14, 29,  56, 24, 75, 60, -48};

	(void)state;
	assert_float_equal(signflip_p_value(differences, COUNT(differences)),
			   863 / 32768., 1e-12);
}

/* All signs, one by one. */
static double by_enumeration(const int *differences, size_t n)
{
	unsigned int signs, found = 0;
	int sum, wanted = 0;
	size_t i;

	for (i = 0; i < n; i++)
		wanted += differences[i];
	for (signs = 0; signs < 1u << n; signs++) {
		for (i = 0, sum = 0; i < n; i++)
			sum += signs >> i & 1 ? differences[i]
					      : -differences[i];
		found += sum >= wanted;
	}
	return (double)found / (1u << n);
}

static void test_enumeration(void **state)
{
	int differences[12], sum;
	unsigned int i, j;

	(void)state;
	srand(3);
	for (i = 0; i < 200; i++) {
		for (j = 0, sum = 0; j < COUNT(differences); j++) {
			differences[j] = rand() % 20 - 8;
			sum += differences[j];
		}
		if (sum <= 0)
			continue;
		assert_float_equal(
			signflip_p_value(differences, COUNT(differences)),
			by_enumeration(differences, COUNT(differences)), 1e-12);
	}
}

static void test_limits(void **state)
{
	static const int none[3], less[] = {-5, 2}, all[] = {3, 1, 2, 9};

	(void)state;
	assert_float_equal(signflip_p_value(none, 0), 1, 0);
	assert_float_equal(signflip_p_value(none, COUNT(none)), 1, 0);
	assert_float_equal(signflip_p_value(less, COUNT(less)), 1, 0);
	assert_float_equal(signflip_p_value(all, COUNT(all)), 1 / 16., 1e-12);
}

/* A round without trials of a kind is no pair. */
static void test_rounds(void **state)
{
	static const struct scores treated[] = {
		{4, 4, 4}, {30, 30, 30}, {2, 2, 4}, {0, 0, 0}, {3, 3, 6}};
	static const struct scores control[] = {
		{0, 0, 4}, {0, 0, 0}, {0, 0, 6}, {3, 3, 3}, {1, 1, 4}};

	(void)state;
	assert_float_equal(clusters_p_value(treated, control, COUNT(treated)),
			   1 / 8., 1e-12);
}

/*
 * Thirty trials that a round loses together are one piece of evidence; as many in
 * rounds of their own are thirty.
 */
static void test_one_bad_round(void **state)
{
	struct scores treated[16], control[COUNT(treated)];
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(treated); i++) {
		treated[i] = (struct scores){i ? 0 : 30, 0, 30};
		control[i] = (struct scores){0, 0, 30};
	}
	assert_float_equal(clusters_p_value(treated, control, COUNT(treated)),
			   0.5, 1e-12);
	for (i = 0; i < COUNT(treated); i++)
		treated[i] = (struct scores){2, 2, 30};
	assert_float_equal(clusters_p_value(treated, control, COUNT(treated)),
			   ldexp(1, -16), 1e-15);
}

static double effect_of(const struct scores *list, size_t n)
{
	struct dispersion d = {0};

	clusters_dispersion(&d, list, n);
	return clusters_design_effect(&d);
}

static void test_design_effect(void **state)
{
	static const struct scores together[] = {
		{10, 10, 10}, {0, 0, 10}, {10, 10, 10}, {0, 0, 10}};
	static const struct scores even[] = {
		{5, 5, 10}, {5, 5, 10}, {5, 5, 10}};
	static const struct scores never[] = {{0, 0, 10}, {0, 0, 10}};
	/* Scores of 0.4 and 0.6: a variance of 0.01, not of 0.25. */
	static const struct scores weak[] = {{5, 2.6, 10}, {5, 2.6, 10}};

	(void)state;
	/* Squares of 5, four of them, by 4/3, over 40 / 4. */
	assert_float_equal(effect_of(together, COUNT(together)), 40 / 3., 1e-9);
	assert_float_equal(effect_of(even, COUNT(even)), 1, 0);
	assert_float_equal(effect_of(never, COUNT(never)), 1, 0);
	assert_float_equal(effect_of(together, 1), 1, 0);
	assert_float_equal(effect_of(weak, COUNT(weak)), 0.01 / 0.25, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maize),
		cmocka_unit_test(test_enumeration),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_one_bad_round),
		cmocka_unit_test(test_design_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
