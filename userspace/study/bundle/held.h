/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_HELD_H
#define SWC_BUNDLE_HELD_H

#include "bundle.h"

/*
 * A bundle holds of a verb's result what can be computed again, or contradicted, by the rest
 * of it; and words that say what machine and program it is of. A figure that could be
 * changed with nobody noticing isn't in it: merge refuses a bundle that holds more.
 */

/* held_of() - what a bundle holds of a part's @json. Return: to be freed; NULL: no memory. */
json_t *held_of(enum bundle_part part, const json_t *json);

/* held_is_all() - is there nothing else? */
bool held_is_all(enum bundle_part part, const json_t *json);

#endif
