/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ATTRIBUTE_SPEEDSCOPE_H
#define SWC_ATTRIBUTE_SPEEDSCOPE_H

#include <jansson.h>

#include "prefix.h"

/*
 * speedscope_make() - a profile for https://www.speedscope.app, by its schema
 * https://www.speedscope.app/file-format-schema.json: in order of execution, one
 * sample for each stretch of operations on one call path, weighted by its core
 * cycles. A weight can't be negative: what is, is 0 there, and the profile's name
 * says how much was left out. NULL: no memory.
 */
json_t *speedscope_make(const struct prefix_profile *p);

#endif
