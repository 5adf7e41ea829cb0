// SPDX-License-Identifier: GPL-2.0
#include "crosscheck.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checking.h"
#include "helper.h"
#include "resultjson.h"

/*
 * A bundle that a machine has contributed holds together. When a place of it is changed,
 * and digests and hash are made right again, it is refused, or says what it said before.
 *
 * The bundle was made here by "build/switchcost contribute --catalogue
 * tests/data/bundle.claims --budget 20 -o tests/data/bundle.json". Whoever changes how a
 * result is estimated or laid out has to make another one.
 */

#define BUNDLE	   "tests/data/bundle.json"
#define CATALOGUE  "tests/data/bundle.claims"
#define SWITCHCOST "build/switchcost"
#define EDITS	   200
#define MOST	   20000

static const struct crosscheck_options by = {SWITCHCOST, CATALOGUE};

/* Of numbers that lie in lists of the same name, so many are changed. */
#define OF_A_NAME 3u

/* A place in a bundle's JSON: an element of an object, or of a list, or a part. */
struct place {
	char name[96]; /* the path of keys to it, lists left out */
	json_t *in;
	const char *key; /* NULL: a list */
	size_t i;
	struct bundle *bundle; /* NULL; else: the part itself, which is a text */
};

/* Of all parts, one after the other; the last is where they end. */
static struct place places[MOST];
static size_t nplaces, first_of[BUNDLE_PARTS + 1];

static json_t *value_at(const struct place *p)
{
	if (p->bundle)
		return p->bundle->parts[p->i];
	return p->key ? json_object_get(p->in, p->key)
		      : json_array_get(p->in, p->i);
}

static void find_places(json_t *json, const char *name);

static void add_place(json_t *value, struct place p, const char *above)
{
	snprintf(p.name, sizeof(p.name), "%s%s%s", above, p.key ? "." : "",
		 p.key ?: "");
	if (json_is_object(value) || json_is_array(value))
		find_places(value, p.name);
	else if (nplaces < MOST)
		places[nplaces++] = p;
}

static void find_places(json_t *json, const char *name)
{
	struct place p = {.in = json};
	json_t *value;

	json_object_foreach(json, p.key, value)
		add_place(value, p, name);
	p.key = NULL;
	json_array_foreach(json, p.i, value)
		add_place(value, p, name);
}

/* A text in which one character is another one; a digit stays a digit. */
static json_t *changed_text(const char *old, unsigned int draw)
{
	char *text = strdup(old);
	json_t *json;
	size_t n = strlen(text), i;

	if (!n) {
		free(text);
		return json_string("x");
	}
	i = draw % n;
	if (text[i] >= '0' && text[i] <= '9')
		text[i] = (char)('0' + (text[i] - '0' + 1 + draw % 9) % 10);
	else
		text[i] = text[i] == 'x' ? 'y' : 'x';
	json = json_string(text);
	free(text);
	return json;
}

/* Another value of the same kind: by a little, or by much; or none. */
static json_t *changed(const json_t *old, unsigned int draw)
{
	double by_much = draw % 3 ? 1 + 1e-6 : 2;

	if (draw % 16 == 0)
		return json_null();
	switch (json_typeof(old)) {
	case JSON_INTEGER:
		return json_integer(json_integer_value(old) + 1 + draw % 3);
	case JSON_REAL:
		return json_real(json_real_value(old) * by_much + 1e-3);
	case JSON_STRING:
		return changed_text(json_string_value(old), draw);
	case JSON_TRUE:
		return json_false();
	default:
		return json_true();
	}
}

static void set(const struct place *p, json_t *value)
{
	if (p->bundle) {
		json_decref(p->bundle->parts[p->i]);
		p->bundle->parts[p->i] = value;
	} else if (p->key)
		json_object_set_new(p->in, p->key, value);
	else
		json_array_set_new(p->in, p->i, value);
}

/*
 * Draws are what verdicts are made of, and why some of them failed is in the machine's own
 * words; how long judging took is nobody's.
 */
static void drop_draws(json_t *claims)
{
	json_t *claim, *one;
	size_t i, k;

	json_object_del(claims, "seconds");
	json_array_foreach(json_object_get(claims, "claims"), i, claim) {
		json_array_foreach(json_object_get(claim, "cases"), k, one) {
			json_object_del(one, "drawn");
			json_object_del(one, "over");
			json_object_del(one, "why");
		}
	}
}

/*
 * All that merge says of a bundle whose digests and hash are right, if part @part isn't
 * what it was; NULL: it refuses, and @err has the reason. Doctor's figures take the
 * longest, and are those of no other part.
 */
static json_t *said(const struct bundle *b, enum bundle_part part,
		    struct error *err)
{
	json_t *file = bundle_json(b), *all = NULL;
	struct crosschecked found;
	struct bundle taken;

	if (!bundle_take(&taken, file, "bundle", err) &&
	    !(part == BUNDLE_DOCTOR
		      ? crosscheck(&taken, "bundle", &by, &found, err)
		      : check_calls(&(struct check){&taken, "bundle", err}, &by,
				    &found))) {
		drop_draws(result_json(found.claims));
		all = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:O}",
				"mean", found.isolated.mean, "lo",
				found.isolated.lo, "hi", found.isolated.hi,
				"loop", found.back_to_back.mean, "loop_lo",
				found.back_to_back.lo, "loop_hi",
				found.back_to_back.hi, "claims",
				result_json(found.claims), "vendor",
				result_at(taken.parts[BUNDLE_DOCTOR],
					  "geometry.vendor"));
	}
	bundle_free(&taken);
	json_decref(file);
	return all;
}

static int set_up(void **state)
{
	static struct bundle bundle;
	struct error err = {0};
	unsigned int i;

	if (bundle_read(&bundle, BUNDLE, &err))
		fail_msg("%s", err.text);
	nplaces = 0;
	for (i = 0; i < BUNDLE_PARTS; i++) {
		first_of[i] = nplaces;
		add_place(bundle.parts[i],
			  (struct place){.bundle = &bundle, .i = i},
			  bundle_part_name(i));
	}
	first_of[i] = nplaces;
	*state = &bundle;
	return 0;
}

static int tear_down(void **state)
{
	bundle_free(*state);
	return 0;
}

static void test_holds(void **state)
{
	struct error err = {0};
	json_t *all = said(*state, BUNDLE_DOCTOR, &err);

	if (!all)
		fail_msg("%s", err.text);
	json_decref(all);
}

static void test_edits(void **state)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct error err = {0};
	json_t *before = said(*state, BUNDLE_DOCTOR, &err), *after, *old;
	unsigned int i, refused = 0, wrong = 0;

	assert_non_null(before);
	gsl_rng_set(random, 20);
	for (i = 0; i < EDITS; i++) {
		size_t from = first_of[i % BUNDLE_PARTS],
		       to = first_of[i % BUNDLE_PARTS + 1];
		const struct place *p =
			&places[from + gsl_rng_uniform_int(random, to - from)];

		old = json_incref(value_at(p));
		set(p, changed(old, (unsigned int)gsl_rng_get(random)));
		err = (struct error){0};
		after = said(*state, i % BUNDLE_PARTS, &err);
		if (!after) {
			assert_int_not_equal(err.code, EXIT_DONE);
			refused++;
		} else if (!check_same_json(before, after)) {
			print_error("edit %u, of %s: says something else\n", i,
				    p->key ?: "a list");
			wrong++;
		}
		json_decref(after);
		set(p, old);
	}
	print_message("%u of %u edits are refused\n", refused, EDITS);
	json_decref(before);
	gsl_rng_free(random);
	assert_int_equal(wrong, 0);
	/* Lest the checks accept anything: most places are figures that others follow from. */
	assert_true(refused > EDITS / 2);
}

/*
 * A number's other value: by a little, or by much; what is true is false. Sums, and series of blocks, are numbers,
 * too: "442.94/4" and "~####C>Ax.y", where some digits, the last perhaps, are changed.
 */
static json_t *other_number(const json_t *old, bool by_much, unsigned int draw)
{
	const char *text = json_string_value(old);
	size_t n = text ? strlen(text) : 0, from = 0;

	switch (json_typeof(old)) {
	case JSON_INTEGER:
		return json_integer(json_integer_value(old) +
				    (by_much ? 1000 : 1));
	case JSON_REAL:
		return json_real(
			json_real_value(old) * (by_much ? 3 : 1 + 1e-6) + 1e-6);
	case JSON_STRING:
		if (!strchr(text, '/') || *text == '~')
			from = draw % n;
		else
			from = by_much ? draw % 3 : n - 1;
		return changed_text(text, (unsigned int)from);
	default:
		return json_boolean(!json_is_true(old));
	}
}

static bool is_number(const struct place *p)
{
	return json_is_number(value_at(p)) || json_is_boolean(value_at(p)) ||
	       (json_is_string(value_at(p)) && strstr(p->name, "blocks"));
}

/* A run's seed decides on the order of all, and leaves no trace of it. */
static const char *const unseen[] = {"replay.seed"};

static bool is_unseen(const struct place *p)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unseen); i++) {
		if (!strcmp(p->name, unseen[i]))
			return true;
	}
	return false;
}

static bool is_refused(struct bundle *b, enum bundle_part part,
		       const struct place *p, bool by_much, unsigned int draw)
{
	json_t *old = json_incref(value_at(p)),
	       *other = other_number(old, by_much, draw), *all;
	struct error err = {0};

	set(p, other);
	all = said(b, part, &err);
	set(p, old);
	json_decref(all);
	return !all;
}

static enum bundle_part part_of(size_t place)
{
	enum bundle_part part = 0;

	while (place >= first_of[part + 1])
		part++;
	return part;
}

static int by_name(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return strcmp(places[*x].name, places[*y].name);
}

/* All numbers' places, those of a name beside one another. Return: how many. */
static size_t find_numbers(size_t numbers[MOST])
{
	size_t n = 0, i;

	for (i = 0; i < nplaces; i++) {
		if (is_number(&places[i]))
			numbers[n++] = i;
	}
	qsort(numbers, n, sizeof(*numbers), by_name);
	return n;
}

/* Numbers and truths of each name: some drawn from a seed are changed, and each change is found. */
static void test_numbers(void **state)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	static size_t numbers[MOST];
	size_t n = find_numbers(numbers), from, to, at, k;
	unsigned int names = 0, found = 0, missed = 0;

	gsl_rng_set(random, 12);
	for (from = 0; from < n; from = to, names++) {
		for (to = from;
		     to < n && !by_name(&numbers[from], &numbers[to]); to++)
			;
		for (k = 0; k < OF_A_NAME; k++) {
			at = numbers[from +
				     gsl_rng_uniform_int(random, to - from)];
			if (is_refused(*state, part_of(at), &places[at], k % 2,
				       (unsigned int)gsl_rng_get(random)) ||
			    is_unseen(&places[at])) {
				found++;
				continue;
			}
			print_error("%s: can be changed\n", places[at].name);
			missed++;
		}
	}
	print_message("numbers of %u names: %u changes found\n", names, found);
	gsl_rng_free(random);
	assert_int_equal(missed, 0);
	assert_true(names > 60);
}

/* A part is changed, and neither its digest nor the hash. */
static void test_digests(void **state)
{
	struct bundle *b = *state, taken;
	json_t *file = json_deep_copy(bundle_json(b));
	struct error err = {0};

	json_object_set_new(json_object_get(json_object_get(file, "parts"),
					    "replay"),
			    "samples", json_integer(1));
	assert_int_equal(bundle_take(&taken, file, "x", &err), -1);
	assert_int_equal(err.code, EXIT_CHECK_FAILED);
	bundle_free(&taken);
	json_decref(file);
}

static void test_refusals(void **state)
{
	struct bundle *b = *state, taken;
	json_t *all = bundle_json(b), *parts = json_object_get(all, "parts");
	struct error err = {0};

	json_object_del(parts, "doctor");
	assert_int_equal(bundle_take(&taken, all, "x", &err), -1);
	assert_int_equal(err.code, EXIT_CHECK_FAILED);
	bundle_free(&taken);
	json_decref(all);
	all = json_pack("{s:i}", "bundle", 7);
	err = (struct error){0};
	assert_int_equal(bundle_take(&taken, all, "x", &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	json_decref(all);
}

static void test_same(void **state)
{
	(void)state;
	assert_true(check_same(100, 100 + 9e-8));
	assert_false(check_same(100, 100 + 2e-7));
	assert_true(check_same(NAN, NAN));
	assert_false(check_same(1, NAN));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_holds),   TEST(test_edits),	 TEST(test_numbers),
		TEST(test_digests), TEST(test_refusals), TEST(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
