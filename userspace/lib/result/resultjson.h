/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RESULTJSON_H
#define SWC_LIB_RESULTJSON_H

#include <jansson.h>

/* For this folder, and for bundles, which hold several: a result is held as JSON. */

struct result;

static inline json_t *result_json(const struct result *result)
{
	return (json_t *)result;
}

static inline struct result *result_of_json(json_t *json)
{
	return (struct result *)json;
}

/* result_text() - a text, with "?" for what isn't UTF-8; null: NULL. */
json_t *result_text(const char *text);

/* result_at() - what a path of keys leads to; NULL: nothing. */
const json_t *result_at(const json_t *json, const char *path);

/* result_says() - is it neither null, nor false, 0, "" or empty? */
bool result_says(const json_t *json);

#endif
