// SPDX-License-Identifier: GPL-2.0
#include "judging.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elapsed.h"

static bool is_asked(const struct judging_options *o, const struct claim *c)
{
	const char *const *id = o->only;

	if (!id)
		return true;
	while (*id && strcmp(*id, c->id))
		id++;
	return *id;
}

static int check_ids(const struct judging_options *o,
		     const struct claimfile *file, struct error *err)
{
	const char *const *id;
	size_t i;

	for (id = o->only; id && *id; id++) {
		for (i = 0; i < file->n && strcmp(*id, file->claims[i].id); i++)
			;
		if (i == file->n)
			return error_set(err, EXIT_USAGE,
					 "no claim is called \"%s\": see the "
					 "ids in the catalogue",
					 *id);
	}
	return 0;
}

/* Find all that is known of one case, from files or from an earlier result. */
static int find_case(const struct judging_options *o, struct judged_claim *j,
		     size_t i, struct error *err)
{
	const struct claim *c = j->claim;
	struct finding *f = &j->findings[i];

	if (c->cannot[0]) {
		*f = (struct finding){0};
		snprintf(f->why, sizeof(f->why), "%.255s", c->cannot);
		return 0;
	}
	if (!o->stored)
		return evidence_find(&o->gather.evidence, &c->cases[i],
				     &c->prediction, f, err);
	storedrun_find(o->stored, c, i, f);
	return 0;
}

static int judge_one(const struct judging_options *o, struct judged_claim *j,
		     struct error *err)
{
	const struct claim *c = j->claim;
	size_t i;

	for (i = 0; i < c->ncases; i++) {
		if (find_case(o, j, i, err))
			return -1;
		j->draws_of[i] = j->findings[i].series.fact
					 ? j->findings[i].series.n
					 : series_draws(&j->findings[i].series);
	}
	verdict_judge(c, j->findings, VERDICT_ALPHA, &j->judgement);
	j->draws = j->draws_of[j->judgement.shown];
	return 0;
}

static int judge_all(const struct judging_options *o, struct judging *judging,
		     struct error *err)
{
	size_t i;

	for (i = 0; i < judging->n; i++)
		if (judge_one(o, &judging->claims[i], err))
			return -1;
	return 0;
}

/* Draw until look @k for the claims that are asked about and not decided yet. */
static int gather_look(const struct judging_options *o,
		       const struct claimfile *file, struct judging *judging,
		       unsigned int k, struct error *err)
{
	bool *wanted = calloc(file->n, sizeof(*wanted));
	size_t i;
	long ran;

	if (!wanted)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory to judge");
	for (i = 0; i < judging->n; i++)
		wanted[judging->claims[i].claim - file->claims] =
			!k || !verdict_decided(&judging->claims[i].judgement);
	ran = gather(&o->gather, file->claims, wanted, file->n, k, err);
	free(wanted);
	judging->ran += ran > 0 ? ran : 0;
	return ran < 0 ? -1 : 0;
}

static bool all_decided(const struct judging *judging)
{
	size_t i;

	for (i = 0; i < judging->n; i++)
		if (!verdict_decided(&judging->claims[i].judgement))
			return false;
	return true;
}

/* A single look has the first look's part of the error, and leaves the rest unspent. */
static int look(const struct judging_options *o, const struct claimfile *file,
		struct judging *judging, struct error *err)
{
	unsigned int k = 0;

	do {
		if (o->run && gather_look(o, file, judging, k, err))
			return -1;
		if (judge_all(o, judging, err))
			return -1;
		k++;
	} while (o->run && o->until_decided && !all_decided(judging) &&
		 series_look(k) <= SERIES_MAX && elapsed() < o->gather.until);
	return 0;
}

static int control(struct judging *judging, struct error *err)
{
	struct judgement *list = calloc(judging->n + 1, sizeof(*list));
	long withdrawn = -1;
	size_t i;

	for (i = 0; list && i < judging->n; i++)
		list[i] = judging->claims[i].judgement;
	if (list)
		withdrawn = verdict_control(list, judging->n);
	for (i = 0; withdrawn >= 0 && i < judging->n; i++) {
		judging->claims[i].judgement = list[i];
		judging->counts[list[i].verdict]++;
		judging->tested += list[i].measured;
	}
	free(list);
	if (withdrawn < 0)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory to judge");
	judging->withdrawn = withdrawn;
	return 0;
}

static void add_operand(struct judged_claim *j, const struct operand *o)
{
	char *name = j->names[j->nstudies];

	j->studies[j->nstudies++] = study_name(o, name);
}

/* Name the studies that the shown figure is of, and the levels of their draws. */
static void describe(struct judged_claim *j)
{
	const struct quantity *q =
		&j->claim->cases[j->judgement.shown].quantity;
	char *rest = j->words, *word;

	saying_text(&j->claim->prediction, j->predicted, sizeof(j->predicted));
	if (j->claim->cannot[0])
		return;
	add_operand(j, &q->of);
	if (q->has_minus)
		add_operand(j, &q->minus);
	if (q->has_over)
		add_operand(j, &q->over);
	snprintf(j->words, sizeof(j->words), "%s",
		 study_row(q->of.study)->levels);
	while (j->nlevels < JUDGING_LEVELS && (word = strsep(&rest, ",")) &&
	       *word)
		j->levels[j->nlevels++] = word + (*word == ' ');
}

/* A claim that is asked about, with room for what is found of it. */
static int take_claim(struct judging *judging, const struct claim *c,
		      struct error *err)
{
	struct judged_claim *j = &judging->claims[judging->n++];
	char text[STOREDRUN_QUANTITY];
	size_t i;

	j->claim = c;
	j->findings = calloc(c->ncases, sizeof(*j->findings));
	j->quantities = calloc(c->ncases, sizeof(*j->quantities));
	for (i = 0; j->findings && j->quantities && i < c->ncases; i++) {
		j->quantities[i] = strdup(
			c->cannot[0] ? ""
				     : storedrun_quantity(&c->cases[i], text));
		if (!j->quantities[i])
			break;
	}
	if (j->findings && j->quantities && i == c->ncases)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE, "no memory to judge");
}

static void free_claim(struct judged_claim *j)
{
	size_t i;

	for (i = 0; j->quantities && i < j->claim->ncases; i++)
		free(j->quantities[i]);
	free(j->quantities);
	free(j->findings);
}

int judging_run(const struct judging_options *options,
		const struct claimfile *file, struct judging *judging,
		struct error *err)
{
	double start = elapsed();
	size_t i;

	*judging = (struct judging){0};
	if (check_ids(options, file, err))
		return -1;
	judging->claims = calloc(file->n + 1, sizeof(*judging->claims));
	if (!judging->claims)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory to judge");
	for (i = 0; i < file->n; i++)
		if (is_asked(options, &file->claims[i]) &&
		    take_claim(judging, &file->claims[i], err)) {
			judging_free(judging);
			return -1;
		}
	machine_describe(&judging->machine);
	if (look(options, file, judging, err) || control(judging, err)) {
		judging_free(judging);
		return -1;
	}
	for (i = 0; i < judging->n; i++)
		describe(&judging->claims[i]);
	judging->seconds = elapsed() - start;
	return 0;
}

void judging_free(struct judging *judging)
{
	size_t i;

	for (i = 0; i < judging->n; i++)
		free_claim(&judging->claims[i]);
	free(judging->claims);
	*judging = (struct judging){0};
}
