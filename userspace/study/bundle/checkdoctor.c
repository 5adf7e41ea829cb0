// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chainline.h"
#include "checking.h"
#include "kindfinding.h"
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
	if (selftest_failed(&m->selftests))
		return check_refuse(c, "a self-test of doctor's chains fails");
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
		rc = compare_line(c, d, chains) || compare_null(c, d, chains);
		measurement_free(&chains->m);
	}
	for (i = 0; i <= chains->n; i++)
		sequence_free(&chains->sequences[i]);
	free(chains);
	return rc ? -1 : 0;
}

static const struct kind *find_kind(const char *name)
{
	unsigned int n, i;
	const struct kind *table = kinds(&n);

	for (i = 0; name && i < n; i++) {
		if (!strcmp(table[i].name, name))
			return &table[i];
	}
	return NULL;
}

static bool read_kind(const struct result *row, struct kind_finding *f)
{
	unsigned int i;

	*f = (struct kind_finding){.kind = find_kind(result_word(row, "name"))};
	if (!f->kind)
		return false;
	for (i = 0; i < KIND_COUNTS; i++) {
		f->cycles[i] = (struct estimate){
			.mean = check_at(row, "cycles", i, ""),
			.lo = check_at(row, "cycles_lo", i, ""),
			.hi = check_at(row, "cycles_hi", i, ""),
		};
		if (check_at(row, "counts", i, "") != kind_counts[i] ||
		    !(f->cycles[i].lo <= f->cycles[i].mean &&
		      f->cycles[i].mean <= f->cycles[i].hi))
			return false;
	}
	f->pedestal = check_estimate(row, "pedestal_slope");
	f->independent = selftest_passes(0, KIND_PEDESTAL_SLOPE, &f->pedestal);
	kind_judge(f);
	return true;
}

static int check_kind(const struct check *c, const struct result *row,
		      struct kind_finding *f)
{
	double all;

	if (!row || !read_kind(row, f))
		return check_refuse(c, "a kind of work can't be read");
	all = f->cycles[KIND_COUNTS - 1].mean;
	if (!check_same_of(all, result_real(row, "slope"), f->slope) ||
	    !check_same_of(all, result_real(row, "off_by"), f->off) ||
	    !check_same_of(all, result_real(row, "allowed"), f->allowed))
		return check_refuse(c,
				    "a kind's figures contradict each other");
	if (!kind_passed(f) || !result_holds(row, "independent") ||
	    result_holds(row, "in_proportion") != kind_is_serial(f->kind))
		return check_refuse(c, "a kind of work isn't seen whole");
	return 0;
}

/* All kinds, each once: one that is left out could be the one that fails. */
static int check_kinds(const struct check *c, const struct result *d)
{
	size_t n = check_length(d, "kinds"), i;
	struct kind_finding f;
	uint64_t seen = 0;
	unsigned int all;
	char path[32];

	kinds(&all);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "kinds.%zu", i);
		if (check_kind(c, result_piece(d, path), &f))
			return -1;
		seen |= 1ull << (f.kind - kinds(&all));
	}
	if (n != all || __builtin_popcountll(seen) != (int)all)
		return check_refuse(c, "doctor has other kinds of work than "
				       "this version: merge it with its own");
	return 0;
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
	return check_kinds(c, d) || check_chains(c, d) ? -1 : 0;
}
