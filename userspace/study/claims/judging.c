// SPDX-License-Identifier: GPL-2.0
#include "judging.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elapsed.h"
#include "goimage.h"
#include "operator.h"

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
		return evidence_find(&o->gather.run.evidence, &c->cases[i],
				     &c->prediction, f, err);
	storedrun_find(o->stored, c, i, f);
	return 0;
}

static int find_claim(const struct judging_options *o, struct judged_claim *j,
		      struct error *err)
{
	size_t i;

	for (i = 0; i < j->claim->ncases; i++) {
		struct series *s = &j->findings[i].series;

		if (find_case(o, j, i, err))
			return -1;
		if (!s->fact && s->n > o->draws)
			s->n = o->draws;
		j->draws_of[i] = s->fact ? s->n : series_draws(s);
	}
	return 0;
}

static int find_all(const struct judging_options *o, struct judging *judging,
		    struct error *err)
{
	size_t i;

	for (i = 0; i < judging->n; i++)
		if (find_claim(o, &judging->claims[i], err))
			return -1;
	return 0;
}

/*
 * Judge all claims, and control false discoveries: from the findings, so that more draws
 * may give back a verdict that was withdrawn.
 */
static int judge_and_control(struct judging *judging, struct error *err)
{
	struct judgement *list = calloc(judging->n + 1, sizeof(*list));
	long withdrawn = -1;
	size_t i;

	for (i = 0; list && i < judging->n; i++)
		verdict_judge(judging->claims[i].claim,
			      judging->claims[i].findings, VERDICT_ALPHA,
			      &list[i]);
	if (list)
		withdrawn = verdict_control(list, judging->n);
	for (i = 0; withdrawn >= 0 && i < judging->n; i++) {
		struct judged_claim *j = &judging->claims[i];

		j->judgement = list[i];
		j->draws = j->draws_of[list[i].shown];
	}
	free(list);
	if (withdrawn < 0)
		return error_set(err, EXIT_IMPOSSIBLE, "no memory to judge");
	judging->withdrawn = withdrawn;
	return 0;
}

/* Where one case decides: does this one lie where it would? */
static bool would_decide(const struct claim *c, const struct judged_case *one)
{
	bool within = one->found.mean >= c->prediction.lo &&
		      one->found.mean <= c->prediction.hi;

	return !isnan(one->found.mean) &&
	       within == (c->class == CLAIM_EXISTENTIAL);
}

/*
 * Does a case need more draws? Where one case of a version decides, those that would do,
 * and all as long as none would. Else those that aren't decided themselves, unless all
 * are, and the verdict doesn't stand.
 */
static bool case_is_wanted(const struct judged_claim *c, size_t i)
{
	const struct judgement *j = &c->judgement;
	bool one_decides = c->claim->class == CLAIM_EXISTENTIAL ||
			   c->claim->class == CLAIM_UNIVERSAL;
	size_t each = c->claim->ncases, from = 0, k;
	bool some = false, is = false, wanted;

	if (one_decides && c->claim->nversions) {
		each /= c->claim->nversions;
		from = i / each * each;
	}
	for (k = from; k < from + each; k++) {
		wanted = one_decides
				 ? would_decide(c->claim, &j->cases[k])
				 : j->cases[k].verdict == VERDICT_UNDETERMINED;
		some |= wanted;
		if (k == i)
			is = wanted;
	}
	return is || !some;
}

/* Ask for what a claim needs more of; of its first look, for all. */
static int ask(struct gathering *g, const struct judged_claim *c, bool all,
	       struct error *err)
{
	size_t i;

	for (i = 0; i < c->claim->ncases && !c->claim->cannot[0]; i++)
		if ((all || case_is_wanted(c, i)) &&
		    gathering_ask(g, &c->claim->cases[i].quantity, err))
			return -1;
	return 0;
}

/* All that is cheap is drawn for all claims at once. */
static int first_look(struct gathering *g, struct judging *judging,
		      struct error *err)
{
	size_t i;

	for (i = 0; i < judging->n; i++)
		if (ask(g, &judging->claims[i], true, err))
			return -1;
	if (gathering_draw(g, 0, true, err))
		return -1;
	for (i = 0; i < judging->n; i++) {
		if (ask(g, &judging->claims[i], true, err))
			return -1;
		judging->claims[i].looks = gathering_looks(g);
		gathering_forget(g);
	}
	return 0;
}

/* Looks after which what isn't measurable is given up. */
#define LOOKS_IN_VAIN 3

/*
 * Do more draws help? If nothing is measurable, they may at first: a single run may be
 * refused, and several runs of fidelity may agree where one doesn't know.
 */
static bool is_open(const struct judging_options *o,
		    const struct judged_claim *c)
{
	if (series_look(c->looks) > o->draws || c->claim->cannot[0])
		return false;
	return !verdict_decided(&c->judgement) ||
	       (c->judgement.core == VERDICT_NOT_MEASURABLE &&
		c->looks < LOOKS_IN_VAIN);
}

/*
 * The claim whose next look comes next: of those that aren't decided, or whose verdict
 * doesn't stand, the one that was looked at least, of these the cheapest. So one claim on
 * the border can't spend the time that would decide ten others.
 */
static struct judged_claim *next_claim(const struct judging_options *o,
				       struct gathering *g,
				       struct judging *judging,
				       struct error *err)
{
	struct judged_claim *next = NULL, *c;
	double least = INFINITY, cost;

	for (c = judging->claims; c < judging->claims + judging->n; c++) {
		if (!is_open(o, c) || (next && c->looks > next->looks))
			continue;
		if (ask(g, c, !c->looks, err))
			return NULL;
		cost = gathering_cost(g, c->looks);
		gathering_forget(g);
		if (!next || c->looks < next->looks || cost < least) {
			next = c;
			least = cost;
		}
	}
	return next;
}

/* Draw until all is decided, or the time is up. */
static int gather(const struct judging_options *o, struct gathering *g,
		  struct judging *judging, struct error *err)
{
	struct judged_claim *next;

	if (first_look(g, judging, err) || find_all(o, judging, err) ||
	    judge_and_control(judging, err))
		return -1;
	while (elapsed() < o->gather.until && !operator_interrupted() &&
	       (next = next_claim(o, g, judging, err))) {
		if (ask(g, next, !next->looks, err) ||
		    gathering_draw(g, next->looks, false, err) ||
		    find_claim(o, next, err) || judge_and_control(judging, err))
			return -1;
		next->looks++;
	}
	return err->text[0] ? -1 : 0;
}

static int judge(const struct judging_options *o, struct judging *judging,
		 struct error *err)
{
	struct gathering g;
	size_t i;
	int rc = 0;

	if (o->run) {
		if (gathering_begin(&g, &o->gather, err))
			return -1;
		operator_listen();
		rc = gather(o, &g, judging, err);
		operator_leave();
		judging->ran = g.ran;
		gathering_end(&g);
	}
	/* Claims share studies: what was drawn for one is known of another, too. */
	if (rc || find_all(o, judging, err) || judge_and_control(judging, err))
		return -1;
	for (i = 0; i < judging->n; i++) {
		judging->counts[judging->claims[i].judgement.verdict]++;
		judging->tested += judging->claims[i].judgement.tested;
	}
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
	struct quantity turns;

	saying_text(&j->claim->prediction, j->predicted, sizeof(j->predicted));
	if (j->findings[j->judgement.shown].by_turns &&
	    studies_by_turns(q, &turns))
		q = &turns;
	j->context = study_row(q->of.study)->context;
	if (j->claim->cannot[0])
		return;
	add_operand(j, &q->of);
	if (q->has_minus)
		add_operand(j, &q->minus);
	/* Of two that take turns one file holds both. */
	if (q->has_over && q != &turns)
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

/* Draws are of a machine and a Go: an earlier result's, or these here. */
static void find_origin(const struct judging_options *options,
			struct judging *judging)
{
	struct error unknown = {0};
	struct goimage image;
	int fd;

	if (options->stored) {
		storedrun_origin(options->stored, &judging->machine,
				 judging->go);
		return;
	}
	machine_describe(&judging->machine);
	fd = open(options->gather.run.goprobe, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!goimage_begin(&image, fd, options->gather.run.goprobe, &unknown))
		memcpy(judging->go, image.version, sizeof(judging->go));
	goimage_close(&image);
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
	find_origin(options, judging);
	if (judge(options, judging, err)) {
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
