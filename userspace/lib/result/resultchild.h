/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RESULTCHILD_H
#define SWC_LIB_RESULTCHILD_H

#include "result.h"

/**
 * result_of_command() - run a command that prints one JSON object
 * @argv: of it, NULL-terminated
 * @environment: "NAME=VALUE" that it has besides, or ""
 * @limit: seconds, after which it is killed
 * @why: filled if it printed none: the first line that it complained with
 * @code: filled with its exit code; -1: a signal ended it
 *
 * Return: the object, for result_free(), or NULL.
 */
struct result *result_of_command(char *const argv[], const char *environment,
				 double limit, char why[256], int *code);

#endif
