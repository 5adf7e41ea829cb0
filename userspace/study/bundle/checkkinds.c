// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "checking.h"
#include "kindfinding.h"
#include "resultjson.h"
#include "states.h"
#include "witness.h"

/* Doctor's states and kinds of work, again from what they took block by block. */

static int check_state(const struct check *c, const struct result *d,
		       enum state_kind kind)
{
	struct witness_result w = {.kind = kind};
	const char *name = state_kind_name(kind), *made_by, *blocks;
	struct block_series more;
	char key[96];
	int available;

	snprintf(key, sizeof(key), "states.%s.available", name);
	available = check_flag(d, key);
	snprintf(key, sizeof(key), "blocks.states.%s", name);
	blocks = result_word(d, key);
	snprintf(key, sizeof(key), "states.%s.made_by", name);
	made_by = result_word(d, key);
	if (available < 0 || available != !!blocks || available != !!made_by)
		return check_refuse(c, "a state is there, and isn't");
	if (!available)
		return 0;
	if (strcmp(made_by, state_rows[kind].by_user) ||
	    !block_series_read(&more, blocks))
		return check_refuse(c, "a state's blocks can't be read");
	witness_judge_blocks(&w, &more);
	snprintf(key, sizeof(key), "states.%s.extra_cycles_per_access", name);
	if (!check_same_estimate(d, key, &w.extra))
		return check_refuse(c, "a state's cost isn't that of its "
				       "blocks");
	return w.passed ? 0
			: check_refuse(c, "a state hasn't come about, and is "
					  "said to");
}

int check_states(const struct check *c, const struct result *d)
{
	enum state_kind kind;

	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (check_state(c, d, kind))
			return -1;
	}
	return 0;
}

/* The row of its blocks, and what follows from them. */
static bool find_again(const struct result *d, size_t i,
		       const struct kind *kind, struct kind_finding *f)
{
	struct block_series series[KIND_SERIES];
	char list[32], key[64];
	size_t k;

	snprintf(list, sizeof(list), "blocks.kinds.%zu", i);
	if (check_length(d, list) != KIND_SERIES)
		return false;
	for (k = 0; k < KIND_SERIES; k++) {
		snprintf(key, sizeof(key), "%s.%zu", list, k);
		if (!block_series_read(&series[k], result_word(d, key)))
			return false;
	}
	kind_find(f, kind, series);
	return true;
}

static bool are_same_counts(const struct result *row,
			    const struct kind_finding *f)
{
	unsigned int i;

	for (i = 0; i < KIND_COUNTS; i++) {
		if (check_at(row, "counts", i, "") != kind_counts[i] ||
		    !check_same(check_at(row, "cycles", i, ""),
				f->cycles[i].mean) ||
		    !check_same(check_at(row, "cycles_lo", i, ""),
				f->cycles[i].lo) ||
		    !check_same(check_at(row, "cycles_hi", i, ""),
				f->cycles[i].hi))
			return false;
	}
	return check_length(row, "counts") == KIND_COUNTS &&
	       check_length(row, "cycles") == KIND_COUNTS &&
	       check_length(row, "cycles_lo") == KIND_COUNTS &&
	       check_length(row, "cycles_hi") == KIND_COUNTS;
}

static bool are_same_slopes(const struct result *row,
			    const struct kind_finding *f)
{
	unsigned int i;

	for (i = 0; i < KIND_VARIANTS; i++) {
		if (!check_same(check_at(row, "pedestal_slopes", i, ""),
				f->pedestals[i]))
			return false;
	}
	return check_length(row, "pedestal_slopes") == KIND_VARIANTS &&
	       check_same_estimate(row, "pedestal_slope", &f->pedestal);
}

static int check_kind(const struct check *c, const struct result *row,
		      const struct kind_finding *f)
{
	const char *name = row ? result_word(row, "name") : NULL;
	bool serial = kind_is_serial(f->kind);

	if (!name || strcmp(name, f->kind->name))
		return check_refuse(c, "doctor has other kinds of work than "
				       "this version: merge it with its own");
	if (!are_same_counts(row, f) || !are_same_slopes(row, f) ||
	    !check_same(result_real(row, "slope"), f->slope) ||
	    !check_same(result_real(row, "off_by"), f->off) ||
	    !check_same(result_real(row, "allowed"), f->allowed) ||
	    !check_same_estimate(row, "back_to_back", &f->back_to_back))
		return check_refuse(c, "a kind's figure isn't that of its "
				       "blocks");
	if (!kind_passed(f) || check_flag(row, "independent") != 1 ||
	    check_flag(row, "in_proportion") != (serial ? 1 : -1))
		return check_refuse(c, "a kind of work isn't seen whole");
	return 0;
}

/* All kinds, each once: one that is left out could be the one that fails. */
int check_kinds(const struct check *c, const struct result *d)
{
	unsigned int n, i;
	const struct kind *table = kinds(&n);
	struct kind_finding f;
	char path[32];

	if (check_length(d, "kinds") != n ||
	    check_length(d, "blocks.kinds") != n)
		return check_refuse(c, "doctor has other kinds of work than "
				       "this version: merge it with its own");
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "kinds.%u", i);
		if (!find_again(d, i, &table[i], &f))
			return check_refuse(c, "a kind's blocks can't be read");
		if (check_kind(c, result_piece(d, path), &f))
			return -1;
	}
	return 0;
}
