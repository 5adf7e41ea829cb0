// SPDX-License-Identifier: GPL-2.0
#include "judging.h"

#include <math.h>
#include <string.h>

#include "helper.h"

/*
 * The catalogue, and the verdicts on it that are published. Tests run in the project's
 * folder.
 */
#define CATALOGUE "claims/cgo.claims"
#define RESULT	  "results/amd-19-11-kvm/claims.json"

static struct claimfile file;
static struct storedrun run;

static int open_both(void **state)
{
	struct error err = {0};

	(void)state;
	return claimfile_read(&file, CATALOGUE, &err) ||
	       storedrun_open(&run, RESULT, &err);
}

static int close_both(void **state)
{
	(void)state;
	claimfile_free(&file);
	storedrun_close(&run);
	return 0;
}

static void judge_stored(const struct claim *c, struct judgement *j)
{
	static struct finding f[CLAIM_CASES];
	size_t i;

	memset(f, 0, sizeof(f));
	snprintf(f[0].why, sizeof(f[0].why), "%.255s", c->cannot);
	for (i = 0; !c->cannot[0] && i < c->ncases; i++)
		storedrun_find(&run, c, i, &f[i]);
	verdict_judge(c, f, VERDICT_ALPHA, j);
}

/* A prediction of which the opposite of @verdict is true, of any figure that is found. */
static struct saying other(const struct saying *p, enum verdict verdict)
{
	struct saying o = *p;

	if (p->words == CLAIM_EXISTS || p->words == CLAIM_ABSENT) {
		o.words = p->words == CLAIM_EXISTS ? CLAIM_ABSENT
						   : CLAIM_EXISTS;
	} else {
		o.words = CLAIM_RANGE;
		o.value = verdict == VERDICT_REFUTED ? -1e12 : 1e12;
		o.value_hi = verdict == VERDICT_REFUTED ? 1e12 : 2e12;
	}
	saying_fix(&o);
	return o;
}

/*
 * Each claim that was decided would have been decided otherwise, had it said something
 * else: of one stored run, its prediction is changed, and so changes its verdict.
 */
static void test_each_prediction_matters(void **state)
{
	struct judgement before, after;
	size_t i, changed = 0;

	(void)state;
	for (i = 0; i < file.n; i++) {
		struct claim c = file.claims[i];

		judge_stored(&c, &before);
		if (before.core == VERDICT_NOT_MEASURABLE ||
		    isnan(before.cases[before.shown].found.mean))
			continue;
		c.prediction = other(&c.prediction, before.core);
		judge_stored(&c, &after);
		if (after.core == before.core)
			fail_msg("%s: %s, whatever it predicts", c.id,
				 verdict_name(after.core));
		changed++;
	}
	assert_true(changed > file.n / 2);
}

/* Judged again, the stored draws have the verdicts that are published with them. */
static void test_judged_again(void **state)
{
	struct judgement j;
	struct finding f;
	size_t i;

	(void)state;
	for (i = 0; i < file.n; i++) {
		if (file.claims[i].cannot[0])
			continue;
		storedrun_find(&run, &file.claims[i], 0, &f);
		if (!strcmp(f.why, "the result is of another quantity"))
			fail_msg(
				"%s: judge the catalogue again, and publish it",
				file.claims[i].id);
		judge_stored(&file.claims[i], &j);
		assert_true(j.verdict < VERDICTS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_prediction_matters),
		cmocka_unit_test(test_judged_again),
	};

	return cmocka_run_group_tests(tests, open_both, close_both);
}
