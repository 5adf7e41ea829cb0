/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_CHILD_H
#define SWC_CLAIMS_CHILD_H

#include <jansson.h>

#include "error.h"

/**
 * child_json() - run a command that prints one JSON object
 * @argv: of it, NULL-terminated
 * @environment: "NAME=VALUE" that it has besides, or ""
 * @limit: seconds, after which it is killed
 * @why: filled if it printed none: the first line that it complained with
 * @code: filled with its exit code; -1: a signal ended it
 *
 * Return: the object, or NULL.
 */
json_t *child_json(char *const argv[], const char *environment, double limit,
		   char why[256], int *code);

#endif
