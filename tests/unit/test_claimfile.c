// SPDX-License-Identifier: GPL-2.0
#include "claimfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"
#include "studies.h"

static char path[64];

/* Read a catalogue of this text. Return: as claimfile_read(). */
static int read_text(const char *text, struct claimfile *f, struct error *err)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	*err = (struct error){0};
	return claimfile_read(f, path, err);
}

#define CLAIM                 \
	"claims:\n"           \
	"- id: a\n"           \
	"  sentence: s\n"     \
	"  source: b\n"       \
	"  class: measured\n" \
	"  of: {study: time, scenario: nop, value: single/p50}\n"

static void test_reads(void **state)
{
	struct claimfile f;
	struct error err;

	(void)state;
	assert_int_equal(
		read_text(CLAIM
			  "  predicts: {from: 1, to: 2.5, unit: ns}\n"
			  "  over: {study: time, scenario: add, value: ns}\n"
			  "  as: reduction\n"
			  "  cases:\n"
			  "  - {name: one}\n"
			  "  - {name: two, go: \"1.25\", of: {scenario: "
			  "struct}}\n",
			  &f, &err),
		0);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.claims[0].class, CLAIM_MEASURED);
	assert_true(f.claims[0].prediction.lo == 1 &&
		    f.claims[0].prediction.hi == 2.5);
	assert_int_equal(f.claims[0].ncases, 2);
	assert_string_equal(f.claims[0].cases[0].quantity.of.scenario, "nop");
	assert_string_equal(f.claims[0].cases[1].quantity.of.scenario,
			    "struct");
	assert_string_equal(f.claims[0].cases[1].quantity.of.value,
			    "single/p50");
	assert_string_equal(f.claims[0].cases[1].quantity.over.go, "1.25");
	assert_int_equal(f.claims[0].cases[1].quantity.as, CLAIM_REDUCTION);
	claimfile_free(&f);
}

/* The catalogue's hash is that of what it says. */
static void test_hash(void **state)
{
	struct claimfile f, g;
	struct error err;

	(void)state;
	assert_int_equal(read_text(CLAIM "  predicts: {about: 2}\n", &f, &err),
			 0);
	assert_int_equal(read_text(CLAIM "  predicts: {about: 3}\n", &g, &err),
			 0);
	assert_string_not_equal(f.hash, g.hash);
	claimfile_free(&f);
	claimfile_free(&g);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *says; /* line, field and reason */
	} rows[] = {
		{CLAIM, ":2: predicts"},
		{CLAIM "  predicts: {about: x}\n", ":7: about: x: a number"},
		{CLAIM "  predicts: {about: 1, from: 2, to: 3}\n",
		 ":7: about: 1: not beside \"from\""},
		{CLAIM "  predicts: {from: 2}\n", ":7: from"},
		{CLAIM "  predicts: {from: 3, to: 2}\n",
		 ":7: to: 2: less than"},
		{CLAIM "  predicts: {about: nan}\n", ":7: about: nan"},
		{CLAIM "  predicts: {unit: ns}\n", ":7: predicts: one of"},
		{CLAIM "  predicts: {exists: perhaps}\n",
		 ":7: exists: perhaps: one of no, yes"},
		{CLAIM "  predicts: {about: 1}\n  colour: blue\n",
		 ":8: colour"},
		{CLAIM "  predicts: {about: 1}\n  each: [a]\n"
		       "  cases: [{name: b}]\n",
		 "each: not beside"},
		{CLAIM "  predicts: {about: 1}\n"
		       "- {id: a, sentence: s, source: s, class: exact, "
		       "predicts: {count: 1}, of: {study: system, value: v}}\n",
		 ":8: id: a: line 2"},
		{"claims:\n- {id: a, sentence: s, source: s, class: exact, "
		 "predicts: {count: 1}, of: {study: record, value: v}}\n",
		 ":2: of: scenario is needed"},
		{"claims:\n- {id: a, sentence: s, source: s, class: exact, "
		 "predicts: {count: 1}, of: {study: guess, value: v}}\n",
		 ":2: study: guess: one of time"},
		/* The engine draws by turns where it can: nobody asks for it. */
		{"claims:\n- {id: a, sentence: s, source: s, class: exact, "
		 "predicts: {count: 1}, of: {study: versus, scenario: nop, "
		 "value: ratio}}\n",
		 ":2: study: versus: one of time"},
		{"claims:\n- {id: a, sentence: s, source: s, class: exact, "
		 "predicts: {count: 1}}\n",
		 ":2: of"},
		{"claims: 5\n", ":1: claims"},
		{"[]\n", ":1:"},
	};
	struct claimfile f;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_text(rows[i].text, &f, &err), -1);
		assert_int_equal(err.code, EXIT_USAGE);
		if (!strstr(err.text, rows[i].says))
			fail_msg("%s: not \"%s\"", err.text, rows[i].says);
	}
}

/* The output of --init is a catalogue. */
static void test_example(void **state)
{
	struct claimfile f;
	struct error err = {0};
	FILE *out = fopen(path, "w");

	(void)state;
	assert_non_null(out);
	claimfile_example(out);
	assert_int_equal(fclose(out), 0);
	if (claimfile_read(&f, path, &err))
		fail_msg("%s", err.text);
	assert_true(f.n >= 3);
	claimfile_free(&f);
}

/* Operands of one study have one name; what makes another study makes another name. */
static void test_names(void **state)
{
	struct operand a = {.study = STUDY_TIME, .scenario = "nop"}, b = a;
	char one[STUDY_NAME], two[STUDY_NAME];

	(void)state;
	strcpy(a.value, "ns");
	strcpy(b.value, "single/p50");
	assert_string_equal(study_name(&a, one), study_name(&b, two));
	strcpy(b.go, "1.25");
	assert_string_not_equal(one, study_name(&b, two));
	assert_string_equal(two, "time-nop-go1.25");
	b = a;
	strcpy(b.environment, "GODEBUG=asyncpreemptoff=1");
	assert_string_not_equal(one, study_name(&b, two));
	assert_null(strpbrk(two, "/= "));
}

/* The ratio of two times in a loop is drawn by turns, and nothing else is. */
static void test_by_turns(void **state)
{
	static const struct quantity plain = {
		.of = {.study = STUDY_TIME, .scenario = "nop", .value = "ns"},
		.over = {.study = STUDY_TIME, .scenario = "add", .value = "ns"},
		.has_over = true,
		.as = CLAIM_REDUCTION,
	};
	struct quantity q = plain, turns;
	char of[STUDY_NAME], over[STUDY_NAME];

	(void)state;
	assert_true(studies_by_turns(&q, &turns));
	assert_string_equal(study_name(&turns.of, of), "versus-nop-over-add");
	assert_string_equal(of, study_name(&turns.over, over));
	assert_string_equal(turns.of.value, "of_ns");
	assert_string_equal(turns.over.value, "over_ns");
	assert_int_equal(turns.as, CLAIM_REDUCTION);
	strcpy(q.of.go, "1.27");
	strcpy(q.over.go, "1.26");
	assert_true(studies_by_turns(&q, &turns));
	assert_string_equal(study_name(&turns.of, of),
			    "versus-nop-go1.27-over-add-go1.26");

	q = plain;
	q.has_over = false;
	assert_false(studies_by_turns(&q, &turns));
	q = plain;
	q.has_minus = true;
	assert_false(studies_by_turns(&q, &turns));
	q = plain;
	strcpy(q.of.value, "single/p99");
	assert_false(studies_by_turns(&q, &turns));
	q = plain;
	strcpy(q.over.environment, "GODEBUG=asyncpreemptoff=1");
	assert_false(studies_by_turns(&q, &turns));
	q = plain;
	q.over.study = STUDY_FIDELITY;
	assert_false(studies_by_turns(&q, &turns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),	cmocka_unit_test(test_hash),
		cmocka_unit_test(test_refuses), cmocka_unit_test(test_example),
		cmocka_unit_test(test_names),	cmocka_unit_test(test_by_turns),
	};
	int fd, failed;

	strcpy(path, "/tmp/claimfile-XXXXXX");
	fd = mkstemp(path);
	failed = fd < 0 || cmocka_run_group_tests(tests, NULL, NULL);
	close(fd);
	unlink(path);
	return failed;
}
