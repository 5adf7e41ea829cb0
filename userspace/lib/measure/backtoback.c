// SPDX-License-Identifier: GPL-2.0
#include "backtoback.h"

#include "clock.h"

int backtoback_load(struct backtoback *b, const struct backend_ops *ops,
		    struct backend *backend, const struct sequence *nothing,
		    const struct sequence *const *sequences, struct error *err)
{
	struct swc_loop loop = {.iterations = 1, .copies = 1};
	unsigned int i;

	if (ops->load_loop(backend, nothing, &loop, err))
		return -1;
	for (i = 0; i < b->n; i++) {
		for (loop.copies = 1; loop.copies <= 2; loop.copies++) {
			loop.iterations = b->wanted ?: BACKTOBACK_ITERATIONS;
			if (ops->load_loop(backend, sequences[i], &loop, err))
				return -1;
			b->iterations[i] = loop.iterations;
		}
	}
	return 0;
}

/* Ticks of an iteration by so many copies of the loop's own instructions. */
static double iteration(const double *means, const struct backtoback_subject *s,
			unsigned int copies)
{
	const struct backtoback *b = s->loops;
	unsigned int arm = b->frame + 2 * s->index + copies;

	return (means[arm] - means[b->frame]) / b->iterations[s->index];
}

/*
 * The loop's own instructions take as long in an iteration as a second copy of them
 * adds. Most of that hides beside the call, so the same loop around nothing would
 * take too much off.
 */
double backtoback_loop_ticks(const double *means, void *subject)
{
	return iteration(means, subject, 2) - iteration(means, subject, 1);
}

double backtoback_ticks(const double *means, void *subject)
{
	return iteration(means, subject, 1) -
	       backtoback_loop_ticks(means, subject);
}

double backtoback_turn_ticks(const double *means, void *subject)
{
	return iteration(means, subject, 1);
}

double backtoback_cycles(const double *means, void *subject)
{
	return backtoback_ticks(means, subject) / clock_ticks_per_cycle(means);
}

double backtoback_loop_cycles(const double *means, void *subject)
{
	return backtoback_loop_ticks(means, subject) /
	       clock_ticks_per_cycle(means);
}
