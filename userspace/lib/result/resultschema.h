/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RESULTSCHEMA_H
#define SWC_LIB_RESULTSCHEMA_H

#include "result.h"

/**
 * result_schema() - the JSON Schema (draft 2020-12) of results
 * @title: of what
 * @records: each is a form that they may have; the last is NULL
 *
 * It is made of the declaration that result_make() follows, so the two can't part. A key
 * that no record declares is refused, and so is a null where nothing is withheld.
 *
 * Return: the schema, to be written as a result is; NULL: no memory.
 */
struct result *result_schema(const char *title,
			     const struct record *const *records);

#endif
