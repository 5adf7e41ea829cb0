// SPDX-License-Identifier: GPL-2.0
#include "deviation.h"

/* The sequence as it was lowered comes first. */
#define AS_LOWERED 0u

static void plantings_free(struct deviation_effects *e)
{
	enum lower_deviation d;
	enum carried c;

	for (d = 0; d < LOWER_DEVIATIONS; d++)
		planting_free(&e->list[d].planting);
	for (c = 0; c < CARRIED_KINDS; c++)
		planting_free(&e->carried[c].planting);
}

static int make_all(struct deviation_effects *e, const struct sequence *s,
		    const struct lowering *lowering,
		    const struct lower_details *details, struct error *err)
{
	struct swc_caps caps;
	enum lower_deviation d;
	enum carried c;

	swc_caps_probe(&caps);
	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		if (lowering->count[d] &&
		    planting_make(s, details, d, &caps, &e->list[d].planting,
				  err))
			return -1;
	}
	for (c = 0; c < CARRIED_KINDS; c++) {
		if (carried_without(s, c, &caps, &e->carried[c].planting, err))
			return -1;
	}
	return 0;
}

#define MAX_SUBJECTS (1 + LOWER_DEVIATIONS + CARRIED_KINDS)

/* The subjects of a run, and whose effects they show. */
struct subjects {
	struct measure_subject list[MAX_SUBJECTS];
	struct deviation_effect *of[MAX_SUBJECTS];
	unsigned int n;
};

static void add(struct subjects *s, struct deviation_effect *effect)
{
	if (!effect->planting.planted)
		return;
	s->of[s->n] = effect;
	s->list[s->n++].sequence = &effect->planting.sequence;
}

static void estimate(struct deviation_effect *effect,
		     const struct measurement *m, unsigned int subject)
{
	struct estimate ticks;

	measurement_difference(m, subject, AS_LOWERED, &ticks, &effect->cycles);
	if (m->loops.n)
		effect->back_to_back =
			measurement_loop_difference(m, subject, AS_LOWERED);
}

static int run(struct deviation_effects *e, const struct sequence *s,
	       const struct measure_options *options, struct error *err)
{
	struct subjects subjects = {
		.list = {[AS_LOWERED] = {.sequence = s}},
		.n = AS_LOWERED + 1,
	};
	struct measure_options looped = *options;
	enum lower_deviation d;
	enum carried c;
	unsigned int i;
	int tries;

	for (d = 0; d < LOWER_DEVIATIONS; d++)
		add(&subjects, &e->list[d]);
	for (c = 0; c < CARRIED_KINDS; c++)
		add(&subjects, &e->carried[c]);
	looped.back_to_back = true;
	tries = measure_again(subjects.list, subjects.n, &looped, &e->m, err);
	if (tries < 0)
		return -1;
	e->tries = tries;
	for (i = AS_LOWERED + 1; i < subjects.n; i++)
		estimate(subjects.of[i], &e->m, i);
	return 0;
}

int deviation_measure(const struct sequence *s, const struct lowering *lowering,
		      const struct lower_details *details,
		      const struct measure_options *options,
		      struct deviation_effects *e, struct error *err)
{
	*e = (struct deviation_effects){.tries = 0};
	if (!make_all(e, s, lowering, details, err) && !run(e, s, options, err))
		return 0;
	plantings_free(e);
	return -1;
}

void deviation_free(struct deviation_effects *e)
{
	plantings_free(e);
	measurement_free(&e->m);
}
