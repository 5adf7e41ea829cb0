// SPDX-License-Identifier: GPL-2.0
#include "judging.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elapsed.h"

/* One case of a claim needs a series of SERIES_MAX draws: too much for the stack. */
struct findings {
	struct finding list[CLAIM_CASES];
};

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

static int judge_one(const struct evidence *evidence, struct judged_claim *j,
		     struct findings *f, struct error *err)
{
	const struct claim *c = j->claim;
	size_t i;

	f->list[0] = (struct finding){0};
	snprintf(f->list[0].why, sizeof(f->list[0].why), "%.255s", c->cannot);
	for (i = 0; !c->cannot[0] && i < c->ncases; i++) {
		if (evidence_find(evidence, &c->cases[i], &c->prediction,
				  &f->list[i], err))
			return -1;
		j->draws_of[i] = f->list[i].series.fact
					 ? f->list[i].series.n
					 : series_draws(&f->list[i].series);
	}
	verdict_judge(c, f->list, VERDICT_ALPHA, &j->judgement);
	j->draws = j->draws_of[j->judgement.shown];
	return 0;
}

static int judge_all(const struct evidence *evidence, struct judging *judging,
		     struct error *err)
{
	struct findings *f = malloc(sizeof(*f));
	int rc = f ? 0 : error_set(err, EXIT_IMPOSSIBLE, "no memory to judge");
	size_t i;

	for (i = 0; !rc && i < judging->n; i++)
		rc = judge_one(evidence, &judging->claims[i], f, err);
	free(f);
	return rc;
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
	ran = gather(&o->gather, file->claims, wanted, file->n, series_look(k),
		     err);
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

/* Whoever looks only once has spent all on the first look; so has who looks again. */
static int look(const struct judging_options *o, const struct claimfile *file,
		struct judging *judging, struct error *err)
{
	unsigned int k = 0;

	do {
		if (o->run && gather_look(o, file, judging, k, err))
			return -1;
		if (judge_all(&o->gather.evidence, judging, err))
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

/* Whose files the shown figure is of, and what their draws have in them. */
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
		if (is_asked(options, &file->claims[i]))
			judging->claims[judging->n++].claim = &file->claims[i];
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
	free(judging->claims);
	*judging = (struct judging){0};
}
