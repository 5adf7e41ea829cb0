/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_QUIETLY_H
#define SWC_CLI_QUIETLY_H

#include <stdbool.h>

#include "error.h"

/* OPTION_QUIET(): the same messages for all verbs. */

/* quietly_begin() - if @wanted. Return: 0, or -1 with @err set. */
int quietly_begin(bool wanted, int cpu, struct error *err);

/* quietly_end() - restore; say on stderr what couldn't be. */
void quietly_end(bool wanted);

#endif
