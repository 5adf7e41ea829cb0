/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_NEAREST_H
#define SWC_LIB_NEAREST_H

#include <stddef.h>

/* Somebody wrote a name that isn't known: these known names may have been meant. */

#define NEAREST_NAMES 3
#define NEAREST_BYTES 64

struct nearest {
	const char *wanted;
	struct {
		char name[NEAREST_BYTES];
		unsigned int distance;
	} best[NEAREST_NAMES];
	unsigned int n;
};

/*
 * nearest_distance() - letters to insert, delete or replace, in either case, to
 * make one of the other (Levenshtein, Soviet Physics Doklady 10, 1966). Only the
 * beginning of names longer than NEAREST_BYTES counts.
 */
unsigned int nearest_distance(const char *a, const char *b);

/* nearest_offer() - keep @name if it is near, and nearer than those kept. */
void nearest_offer(struct nearest *nearest, const char *name);

/* nearest_print() - "; did you mean A, B?", or nothing. */
void nearest_print(const struct nearest *nearest, char *text, size_t bytes);

#endif
