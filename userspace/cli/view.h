/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_VIEW_H
#define SWC_CLI_VIEW_H

#include "error.h"
#include "result.h"

/*
 * Pictures and exports are made by another program, switchcost-view, of the result
 * that --json prints. It lies beside this one.
 */

/**
 * view_expect() - can a view be written, as far as is known before measuring?
 * @file: where to; NULL: it isn't wanted
 * @err: set if not: the program isn't there, or @file can't be written
 */
int view_expect(const char *file, struct error *err);

/**
 * view_make() - have a view of a result written
 * @view: as switchcost-view calls it
 * @result: what --json prints; NULL: memory was short
 * @file: where to; it appears whole or not at all
 *
 * Return: an exit code; if it isn't EXIT_DONE, a line on stderr says why.
 */
int view_make(const char *view, const struct result *result, const char *file);

#endif
