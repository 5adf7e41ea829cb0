// SPDX-License-Identifier: GPL-2.0
#include "checking.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "resultjson.h"

#define TOLERANCE 1e-9

int check_refuse(const struct check *c, const char *what)
{
	return error_set(c->err, EXIT_CHECK_FAILED, "%s: refused: %.300s",
			 c->path, what);
}

const struct result *check_part(const struct check *c, enum bundle_part part)
{
	return result_of_json(c->bundle->parts[part]);
}

size_t check_length(const struct result *r, const char *list)
{
	return json_array_size(result_at(result_json(r), list));
}

double check_at(const struct result *r, const char *list, size_t i,
		const char *key)
{
	char path[96];

	snprintf(path, sizeof(path), "%s.%zu%s%s", list, i, *key ? "." : "",
		 key);
	return result_real(r, path);
}

struct estimate check_estimate(const struct result *r, const char *key)
{
	const struct result *piece = result_piece(r, key);

	if (!piece)
		return (struct estimate){NAN, NAN, NAN};
	return (struct estimate){
		.mean = result_real(piece, "mean"),
		.lo = result_real(piece, "ci_lo"),
		.hi = result_real(piece, "ci_hi"),
	};
}

bool check_same(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return fabs(a - b) <= TOLERANCE * fmax(1, fmax(fabs(a), fabs(b)));
}

bool check_same_json(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_number(a) && json_is_number(b))
		return check_same(json_number_value(a), json_number_value(b));
	if (json_is_array(a) && json_is_array(b)) {
		json_array_foreach((json_t *)a, i, value) {
			if (!check_same_json(value, json_array_get(b, i)))
				return false;
		}
		return json_array_size(a) == json_array_size(b);
	}
	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach((json_t *)a, key, value) {
			if (!check_same_json(value, json_object_get(b, key)))
				return false;
		}
		return json_object_size(a) == json_object_size(b);
	}
	return json_equal(a, b);
}

bool check_same_estimate(const struct result *r, const char *key,
			 const struct estimate *e)
{
	struct estimate says = check_estimate(r, key);

	return check_same(says.mean, e->mean) && check_same(says.lo, e->lo) &&
	       check_same(says.hi, e->hi);
}

int check_flag(const struct result *r, const char *key)
{
	const json_t *flag = result_at(result_json(r), key);

	return json_is_boolean(flag) ? json_is_true(flag) : -1;
}

static bool is_same_test(const struct result *r, const char *list, size_t i,
			 const struct selftest *t)
{
	const char *name;
	char key[64];

	snprintf(key, sizeof(key), "%s.%zu.name", list, i);
	name = result_word(r, key);
	snprintf(key, sizeof(key), "%s.%zu.found_cycles", list, i);
	return name && !strcmp(name, t->name) &&
	       check_same_estimate(r, key, &t->found) &&
	       check_same(check_at(r, list, i, "known_cycles"), t->known) &&
	       check_same(check_at(r, list, i, "tolerance_cycles"),
			  t->tolerance);
}

int check_selftests(const struct check *c, const struct result *r,
		    const char *key, const struct measurement *m)
{
	size_t n = check_length(r, key), i;
	char passed[64];

	if (n != m->selftests.n)
		return check_refuse(c, "a run has other self-tests");
	for (i = 0; i < n; i++) {
		if (!is_same_test(r, key, i, &m->selftests.list[i]))
			return check_refuse(c, "a self-test's figure isn't "
					       "that of the sums");
		snprintf(passed, sizeof(passed), "%s.%zu.passed", key, i);
		if (!m->selftests.list[i].passed || check_flag(r, passed) != 1)
			return check_refuse(c, "a self-test fails: a null "
					       "sequence, a chain, or a kind "
					       "of work");
	}
	return 0;
}
