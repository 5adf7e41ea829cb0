/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_COMPARE_COMPARE_H
#define SWC_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "estimate.h"

/*
 * Two results of one verb held against each other: of two machines, two versions of Go, or
 * two commits. Files are read and nothing is measured. Results that are of different
 * things, or whose figures are withheld, are refused.
 */

/**
 * struct compared - a figure that both results have
 * @name: "cycles", or of a list "functions.runtime.cgocall.cycles"
 * @a: of the first result
 * @b: of the second
 * @difference: b - a, with an interval of 95 %
 * @ratio: b / a, likewise; NAN: one may be 0
 * @differs: the difference's interval doesn't hold 0
 * @says: of claims: both verdicts; "": no claim
 */
struct compared {
	char name[160];
	struct estimate a;
	struct estimate b;
	struct estimate difference;
	struct estimate ratio;
	bool differs;
	char says[2][32];
};

/* A thing that isn't the same: "Go version", "go1.25.14", "go1.26.11". */
struct compared_fact {
	const char *what;
	char a[128];
	char b[128];
};

/* As many facts there are that a result may say of where and how it was measured. */
#define COMPARE_FACTS 8

/**
 * struct comparison - what was found
 * @kind: the verb
 * @paths: of both results
 * @facts: what differs besides the figures
 * @nfacts: how many
 * @rows: figures
 * @n: how many
 * @cautions: what the intervals don't know; "" each, if there is nothing
 */
struct comparison {
	const char *kind;
	const char *paths[2];
	struct compared_fact facts[COMPARE_FACTS];
	size_t nfacts;
	struct compared *rows;
	size_t n;
	char cautions[3][256];
};

/**
 * compare_results() - compare two files
 * @c: filled; comparison_free() in any case
 * @a: the first
 * @b: the second
 * @err: set on failure: EXIT_USAGE for files that are no results, or not comparable;
 *	EXIT_IMPOSSIBLE where figures are withheld
 *
 * Return: 0, or -1 with @err set.
 */
int compare_results(struct comparison *c, const char *a, const char *b,
		    struct error *err);
void comparison_free(struct comparison *c);

#endif
