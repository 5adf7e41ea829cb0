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
 * struct view - one of them
 * @name: as switchcost-view calls it
 * @file: where to; NULL: it isn't wanted
 */
struct view {
	const char *name;
	const char *file;
};

/**
 * views_expect() - can they be written, as far as is known before measuring?
 * @views: those that can be asked for
 * @n: how many
 * @err: set if not: the program isn't there, or a file can't be written
 */
int views_expect(const struct view *views, size_t n, struct error *err);

/**
 * views_make() - have the views of a result written, those that are wanted
 * @views: see above; a file appears whole or not at all
 * @n: how many
 * @record: what --json prints
 * @data: of that
 *
 * Return: an exit code; if it isn't EXIT_DONE, a line on stderr says why.
 */
int views_make(const struct view *views, size_t n, const struct record *record,
	       const void *data);

#endif
