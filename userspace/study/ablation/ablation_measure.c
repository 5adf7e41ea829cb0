// SPDX-License-Identifier: GPL-2.0
#include "ablation_measure.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "ablation_cold.h"
#include "device.h"
#include "contrast.h"

#define LEVEL 0.95

/* The sequence as it is comes first in every run. */
#define WHOLE 0u

/* The numbers of each class's two sequences among a run's subjects; 0: none. */
struct places {
	unsigned int without[OPCLASSES];
	unsigned int alone[OPCLASSES];
};

/* A sum of arms' ticks, each with its weight, as core cycles. */
struct sum {
	double weight[SWC_MAX_ARMS];
	unsigned int n;
	double frames; /* how often the frame's constant is in it */
	double factor; /* what the systematic part of its interval grows by */
	bool of_whole; /* as a part of what the whole takes */
	struct contrast_arm whole;
};

static double sum_cycles(const double *means, void *context)
{
	const struct sum *s = context;
	struct contrast_arms whole = {.one = s->whole};
	double ticks = 0;
	unsigned int i;

	for (i = 0; i < s->n; i++)
		ticks += s->weight[i] * means[i];
	ticks -= s->frames * clock_frame_ticks(means);
	if (s->of_whole)
		return ticks / contrast_ticks(means, &whole);
	return ticks / clock_ticks_per_cycle(means);
}

/* The null sequence is the first control over again: both together are one. */
static unsigned int second_control(const struct measurement *m,
				   unsigned int arm)
{
	unsigned int control = m->control_of[arm];

	return control == ARM_CONTROL ? ARM_NULL : control;
}

static void add_subject(const struct measurement *m, struct sum *s,
			unsigned int subject, double weight)
{
	unsigned int arm = m->arm_of[subject];

	s->n = m->arms.n;
	s->weight[arm] += weight;
	s->weight[m->control_of[arm]] -= weight / 2;
	s->weight[second_control(m, arm)] -= weight / 2;
	s->factor = hypot(s->factor, weight);
	s->frames += m->arms.list[arm].works ? weight : 0;
}

static struct estimate estimate_sum(const struct measurement *m, struct sum *s)
{
	struct estimate e = stats_estimate(m->stats, sum_cycles, s,
					   m->clock.pooling, LEVEL);

	systematic_widen(&e, s->factor);
	return e;
}

static struct estimate difference(const struct measurement *m, unsigned int one,
				  unsigned int other)
{
	struct estimate ticks, cycles;

	measurement_difference(m, one, other, &ticks, &cycles);
	return cycles;
}

/* The removed cycles as a part of the whole, with the interval of the ratio. */
static struct estimate share_of(const struct measurement *m,
				unsigned int without, double whole)
{
	struct sum s = {
		.of_whole = true,
		.whole = {.arm = m->arm_of[WHOLE],
			  .control = {m->control_of[m->arm_of[WHOLE]],
				      second_control(m, m->arm_of[WHOLE])},
			  .works = m->arms.list[m->arm_of[WHOLE]].works},
	};
	struct estimate e;

	add_subject(m, &s, WHOLE, 1);
	add_subject(m, &s, without, -1);
	e = stats_estimate(m->stats, sum_cycles, &s, m->clock.pooling, LEVEL);
	systematic_widen(&e, 1 / whole);
	return e;
}

static void estimate_classes(struct ablation *a, const struct places *at)
{
	const struct measurement *m = &a->m;
	struct sum sum = {0}, rest = {0};
	struct ablation_class *list;
	enum opclass c;

	a->whole = m->subjects[WHOLE].cycles;
	add_subject(m, &rest, WHOLE, 1);
	for (c = 0; c < OPCLASSES; c++) {
		list = &a->classes[c];
		if (!at->without[c])
			continue;
		list->removed = difference(m, WHOLE, at->without[c]);
		list->by_itself = m->subjects[at->alone[c]].cycles;
		list->share = share_of(m, at->without[c], a->whole.mean);
		add_subject(m, &sum, WHOLE, 1);
		add_subject(m, &sum, at->without[c], -1);
		add_subject(m, &rest, WHOLE, -1);
		add_subject(m, &rest, at->without[c], 1);
	}
	if (!sum.n)
		sum.n = m->arms.n;
	a->sum = estimate_sum(m, &sum);
	a->interaction = estimate_sum(m, &rest);
}

/* A sum of subjects' cycles back to back, each with its weight. */
struct looped_sum {
	const struct backtoback *loops;
	double weight[1 + 2 * OPCLASSES];
	bool of_whole; /* as a part of what the whole takes */
};

static double looped_cycles(const double *means, void *context)
{
	const struct looped_sum *s = context;
	struct backtoback_subject one = {.loops = s->loops};
	double cycles = 0;

	for (one.index = 0; one.index < ARRAY_SIZE(s->weight); one.index++) {
		if (s->weight[one.index])
			cycles += s->weight[one.index] *
				  backtoback_cycles(means, &one);
	}
	one.index = WHOLE;
	return s->of_whole ? cycles / backtoback_cycles(means, &one) : cycles;
}

static struct estimate estimate_looped(const struct measurement *m,
				       struct looped_sum *s, bool of_whole)
{
	s->loops = &m->loops;
	s->of_whole = of_whole;
	return stats_estimate(m->stats, looped_cycles, s, m->clock.pooling,
			      LEVEL);
}

static void estimate_loops(struct ablation *a, const struct places *at)
{
	struct looped_sum one, sum = {0}, rest = {.weight = {[WHOLE] = 1}};
	const struct measurement *m = &a->m;
	enum opclass c;

	if (!m->loops.n)
		return;
	a->looped.whole = m->subjects[WHOLE].back_to_back;
	for (c = 0; c < OPCLASSES; c++) {
		if (!at->without[c])
			continue;
		one = (struct looped_sum){0};
		one.weight[WHOLE] = 1;
		one.weight[at->without[c]] = -1;
		a->classes[c].looped = estimate_looped(m, &one, false);
		a->classes[c].looped_share = estimate_looped(m, &one, true);
		sum.weight[WHOLE]++;
		sum.weight[at->without[c]]--;
		rest.weight[WHOLE]--;
		rest.weight[at->without[c]]++;
	}
	a->looped.sum = estimate_looped(m, &sum, false);
	a->looped.interaction = estimate_looped(m, &rest, false);
}

static int measure_classes(struct ablation *a,
			   const struct measure_options *options,
			   struct error *err)
{
	struct measure_subject subjects[1 + 2 * OPCLASSES] = {
		[WHOLE] = {.sequence = a->sequence}};
	struct measure_options warm = *options;
	struct places at = {{0}, {0}};
	unsigned int n = WHOLE + 1;
	enum opclass c;

	for (c = 0; c < OPCLASSES; c++) {
		if (!ablation_class_is_measured(&a->classes[c]))
			continue;
		at.without[c] = n;
		subjects[n++].sequence = &a->classes[c].without.sequence;
		at.alone[c] = n;
		subjects[n++].sequence = &a->classes[c].alone.sequence;
	}
	warm.back_to_back = true;
	if (ablation_run(subjects, n, &warm, &a->warm, &a->m, err))
		return -1;
	estimate_classes(a, &at);
	estimate_loops(a, &at);
	return 0;
}

/* Both sequences of each class. */
static int make_all(struct ablation *a, const struct swc_proof *proof,
		    const unsigned char *classes, const struct swc_caps *caps,
		    struct error *err)
{
	const uint32_t all = (1u << OPCLASSES) - 1;
	struct ablation_class *list;
	enum opclass c;
	size_t i;

	for (i = 0; i < a->sequence->nops; i++) {
		if (a->sequence->ops[i].kind != SWC_OP_MARK)
			a->classes[classes[i]].nops++;
	}
	for (c = 0; c < OPCLASSES; c++) {
		list = &a->classes[c];
		if (ablation_make(a->sequence, proof, classes, 1u << c, caps,
				  &list->without, err) ||
		    ablation_make(a->sequence, proof, classes, all & ~(1u << c),
				  caps, &list->alone, err))
			return -1;
	}
	return 0;
}

static int take_apart(struct ablation *a, const struct swc_proof *proof,
		      const struct swc_caps *caps, struct error *err)
{
	unsigned char *classes = calloc(a->sequence->nops, 1);
	int rc;

	if (!classes)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
				 a->sequence->path);
	rc = opclass_assign(proof, classes, err);
	if (!rc)
		rc = make_all(a, proof, classes, caps, err);
	free(classes);
	return rc;
}

/* Finds out what a sequence may use in the backend's ring. */
static int caps_of(const struct measure_options *options, struct swc_caps *caps,
		   struct error *err)
{
	struct swc_info info;
	int device;

	swc_caps_probe(caps);
	if (options->backend != &backend_kernel)
		return 0;
	device = device_open(&info, err);
	if (device < 0)
		return -1;
	close(device);
	*caps = device_caps(&info);
	return 0;
}

int ablation_measure(const struct sequence *s,
		     const struct measure_options *options, bool cold,
		     struct ablation *a, struct error *err)
{
	struct swc_error refused;
	struct swc_program program;
	struct swc_caps caps;
	struct swc_proof proof;
	void *workspace;
	int rc;

	*a = (struct ablation){.sequence = s};
	if (caps_of(options, &caps, err) ||
	    sequence_verify(s, &caps, &proof, &program, &workspace, &refused,
			    err))
		return -1;
	rc = take_apart(a, &proof, &caps, err);
	if (!rc)
		rc = measure_classes(a, options, err);
	if (!rc && cold)
		rc = ablation_measure_cold(a, &proof, options, err);
	free(workspace);
	if (rc)
		ablation_measure_free(a);
	return rc;
}

void ablation_measure_free(struct ablation *a)
{
	enum opclass c;

	for (c = 0; c < OPCLASSES; c++) {
		ablation_free(&a->classes[c].without);
		ablation_free(&a->classes[c].alone);
	}
	ablation_free(&a->spare);
	measurement_free(&a->m);
	free(a->cold);
	free(a->cold_runs);
}
