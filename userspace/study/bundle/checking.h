/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_CHECKING_H
#define SWC_BUNDLE_CHECKING_H

#include "crosscheck.h"
#include "estimate.h"
#include "measurement.h"
#include "result.h"

/* The checks of a bundle have this in common; others call crosscheck.h. */

/**
 * struct check - a bundle that is looked at
 * @bundle: with all parts
 * @path: of its file, for messages
 * @err: set when it is refused
 */
struct check {
	const struct bundle *bundle;
	const char *path;
	struct error *err;
};

/* check_refuse() - Return: -1, with the reason set. */
int check_refuse(const struct check *c, const char *what);

const struct result *check_part(const struct check *c, enum bundle_part part);

/* check_length() - of a list; 0: there is none. */
size_t check_length(const struct result *r, const char *list);

/* check_at() - a number under @key of a list's element; "": the element itself. */
double check_at(const struct result *r, const char *list, size_t i,
		const char *key);

/* check_estimate() - mean, ci_lo and ci_hi under @key. */
struct estimate check_estimate(const struct result *r, const char *key);

/* check_same() - are these, to 1e-9 of them? NAN is itself. */
bool check_same(double a, double b);

/* check_same_json() - is all of it the same, numbers to 1e-9 of them? */
bool check_same_json(const json_t *a, const json_t *b);

/* check_same_estimate() - is @e what the result has under @key? */
bool check_same_estimate(const struct result *r, const char *key,
			 const struct estimate *e);

/* check_flag() - a truth value; null is neither: -1. */
int check_flag(const struct result *r, const char *key);

/* check_selftests() - the list under @key is that of the run. Return: 0, or -1. */
int check_selftests(const struct check *c, const struct result *r,
		    const char *key, const struct measurement *m);

/*
 * check_doctor() - its chains again from their sums, by check_states() and check_kinds()
 * its states and kinds of work again from their blocks.
 * check_replay() - again from its sums, by the bundle's sequence; @isolated, @back_to_back:
 * what it takes, core cycles.
 * check_calls() - all but doctor's own figures. Return: 0, or -1 with the reason set.
 */
int check_doctor(const struct check *c);
int check_states(const struct check *c, const struct result *d);
int check_kinds(const struct check *c, const struct result *d);
int check_replay(const struct check *c, struct estimate *isolated,
		 struct estimate *back_to_back);
int check_calls(const struct check *c, const struct crosscheck_options *options,
		struct crosschecked *found);

#endif
