// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chainline.h"
#include "checking.h"
#include "selftest.h"
#include "sums.h"

#define MOST_CHAINS 32u

/* Chains in the order of the run, and after them the null sequence. */
struct chains {
	size_t n;
	double length[MOST_CHAINS];
	struct sequence sequences[MOST_CHAINS];
	struct measure_subject subjects[MOST_CHAINS];
	struct measurement m;
};

static int estimate_again(const struct check *c, const struct result *d,
			  struct chains *chains)
{
	struct error why = {0};
	size_t i;

	for (i = 0; i <= chains->n; i++) {
		chains->length[i] =
			i < chains->n ? check_at(d, "chains", i, "length") : 0;
		if (!(chains->length[i] >= 0 && chains->length[i] < 1000))
			return check_refuse(c, "doctor has a chain of no "
					       "length");
		if (chainline_sequence(&chains->sequences[i],
				       (unsigned int)chains->length[i], c->err))
			return -1;
		chains->subjects[i].sequence = &chains->sequences[i];
	}
	return sums_measure(d, chains->subjects, chains->n + 1, &chains->m,
			    &why)
		       ? check_refuse(c,
				      "the chains' sums aren't of such a run")
		       : 0;
}

static int compare_line(const struct check *c, const struct result *d,
			const struct chains *chains)
{
	double y[MOST_CHAINS], off[MOST_CHAINS],
		slot = chains->m.selftests.slot;
	struct chainline line;
	char key[32];
	size_t i;

	for (i = 0; i < chains->n; i++) {
		snprintf(key, sizeof(key), "chains.%zu.cycles", i);
		if (!check_same_estimate(d, key, &chains->m.subjects[i].cycles))
			return check_refuse(c,
					    "a chain isn't that of the sums");
		y[i] = chains->m.subjects[i].cycles.mean;
	}
	line = chainline_fit(chains->length, y, off, chains->n);
	for (i = 0; i < chains->n; i++) {
		if (!check_same(check_at(d, "chains", i, "residual"), off[i]))
			return check_refuse(c, "a chain's residual isn't that "
					       "of the line");
	}
	if (!check_same(result_real(d, "fit.slope"), line.slope) ||
	    !check_same(result_real(d, "fit.rms_cycles"), line.rms) ||
	    !check_same(result_real(d, "fit.slot_cycles"), slot))
		return check_refuse(c,
				    "the line isn't that through the chains");
	if (!chainline_passes(&line, slot))
		return check_refuse(c, "doctor's chains don't lie on a line");
	return 0;
}

static int compare_null(const struct check *c, const struct result *d,
			const struct chains *chains)
{
	const struct measurement *m = &chains->m;

	if (!check_same_estimate(d, "null_cycles",
				 &m->subjects[chains->n].cycles) ||
	    !check_same(result_real(d, "core_per_tsc"),
			1 / m->clock.ticks_per_cycle) ||
	    !check_same(result_real(d, "fit.frame_ticks"), m->frame_ticks))
		return check_refuse(c, "doctor's null sequence or clock isn't "
				       "that of the sums");
	return check_selftests(c, d, "selftests", m);
}

/* How well the machine measures: the widest interval, or what is left of the line. */
static int compare_resolution(const struct check *c, const struct result *d,
			      const struct chains *chains)
{
	double width = 0;
	size_t i;

	for (i = 0; i <= chains->n; i++)
		width = fmax(width, estimate_half_width(
					    &chains->m.subjects[i].cycles));
	if (!check_same(result_real(d, "fit.half_width_cycles"), width) ||
	    !check_same(result_real(d, "resolution_cycles"),
			fmax(width, result_real(d, "fit.rms_cycles"))))
		return check_refuse(c, "doctor's resolution isn't that of its "
				       "chains");
	return 0;
}

static int check_chains(const struct check *c, const struct result *d)
{
	struct chains *chains = calloc(1, sizeof(*chains));
	size_t i;
	int rc;

	if (!chains)
		return error_set(c->err, EXIT_IMPOSSIBLE, "out of memory");
	chains->n = check_length(d, "chains");
	if (chains->n < 3 || chains->n >= MOST_CHAINS) {
		free(chains);
		return check_refuse(c, "doctor has no chains of known length");
	}
	rc = estimate_again(c, d, chains);
	if (!rc) {
		rc = compare_line(c, d, chains) || compare_null(c, d, chains) ||
		     compare_resolution(c, d, chains);
		measurement_free(&chains->m);
	}
	for (i = 0; i <= chains->n; i++)
		sequence_free(&chains->sequences[i]);
	free(chains);
	return rc ? -1 : 0;
}

int check_doctor(const struct check *c)
{
	const struct result *d = check_part(c, BUNDLE_DOCTOR);
	const char *selftest = result_word(d, "selftest"),
		   *why = result_word(d, "why");
	char what[300];

	if (!selftest || strcmp(selftest, "pass")) {
		snprintf(what, sizeof(what),
			 "doctor's self-test failed: %.200s",
			 why ?: "it doesn't say why");
		return check_refuse(c, what);
	}
	return check_chains(c, d) || check_states(c, d) || check_kinds(c, d)
		       ? -1
		       : 0;
}
