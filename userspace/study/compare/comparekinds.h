/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_COMPARE_COMPAREKINDS_H
#define SWC_COMPARE_COMPAREKINDS_H

#include <stdbool.h>

#include "result.h"

/* Verbs whose results can be compared, and by which keys. */
#define COMPARE_VERBS "replay, fidelity, profile, explain or claims"

/**
 * struct compare_key - what a result says of itself
 * @path: of the key
 * @what: in words
 * @unless: both have this key, which says the same better
 */
struct compare_key {
	const char *path;
	const char *what;
	const char *unless;
};

/**
 * struct compare_figure - one with an interval
 * @path: of an estimate, or of a number
 * @interval: then: of its [lo, hi]; NULL: it is an estimate
 * @cycles: it is core cycles, so it is also shown as time
 */
struct compare_figure {
	const char *path;
	const char *interval;
	bool cycles;
};

/**
 * struct compare_list - rows with names
 * @path: of the list
 * @name: key of an element's name
 * @figure: of an element
 * @says: key of its verdict; NULL: it has none
 */
struct compare_list {
	const char *path;
	const char *name;
	struct compare_figure figure;
	const char *says;
};

/**
 * struct compare_kind - results of a verb
 * @verb: its name
 * @has: what no other verb's result holds, by result_holds()
 * @valid: what has to hold for its figures to be shown; NULL: nothing
 * @processes: it may be of several processes, and better is
 * @same: what has to be the same; the last has no path, as for the next two
 * @figures: at the top
 * @lists: lists of figures
 */
struct compare_kind {
	const char *verb;
	const char *has;
	const char *valid;
	bool processes;
	const struct compare_key *same;
	const struct compare_figure *figures;
	const struct compare_list *lists;
};

/* compare_kind_of() - by what a result holds; NULL: of none of these verbs. */
const struct compare_kind *compare_kind_of(const struct result *result);

#endif
