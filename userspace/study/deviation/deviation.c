// SPDX-License-Identifier: GPL-2.0
#include "deviation.h"

/* The sequence as it was lowered comes first. */
#define AS_LOWERED 0u

static void plantings_free(struct deviation_effects *e)
{
	enum lower_deviation d;

	for (d = 0; d < LOWER_DEVIATIONS; d++)
		planting_free(&e->list[d].planting);
}

static int make_all(struct deviation_effects *e, const struct sequence *s,
		    const struct lowering *lowering,
		    const struct lower_details *details, struct error *err)
{
	struct swc_caps caps;
	enum lower_deviation d;

	swc_caps_probe(&caps);
	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		if (lowering->count[d] &&
		    planting_make(s, details, d, &caps, &e->list[d].planting,
				  err))
			return -1;
	}
	return 0;
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
	struct measure_subject subjects[1 + LOWER_DEVIATIONS] = {
		[AS_LOWERED] = {.sequence = s}};
	struct deviation_effect *of[1 + LOWER_DEVIATIONS];
	struct measure_options looped = *options;
	unsigned int n = AS_LOWERED + 1, i;
	enum lower_deviation d;
	int tries;

	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		if (!e->list[d].planting.planted)
			continue;
		of[n] = &e->list[d];
		subjects[n++].sequence = &e->list[d].planting.sequence;
	}
	looped.back_to_back = true;
	tries = measure_again(subjects, n, &looped, &e->m, err);
	if (tries < 0)
		return -1;
	e->tries = tries;
	for (i = AS_LOWERED + 1; i < n; i++)
		estimate(of[i], &e->m, i);
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
