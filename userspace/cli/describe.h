/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_DESCRIBE_H
#define SWC_CLI_DESCRIBE_H

#include "cli.h"

/*
 * Manual pages, completions of shells and JSON Schemas, made of the tables that the
 * command line is parsed by and that results are declared in. "switchcost --describe FORM
 * [VERB]" prints one; the Makefile installs all:
 *
 *	--describe verbs         their names, one a line
 *	--describe results       of those that print JSON
 *	--describe list          the same as mdoc, for switchcost(1)
 *	--describe man VERB      its manual page, as mdoc
 *	--describe schema VERB   of what its --json prints
 *	--describe bash          completion
 *	--describe zsh           likewise
 */

/**
 * describe() - print one
 * @form: which
 * @verb: of this verb; NULL: of all
 * @first: all verbs
 * @end: after the last
 *
 * Return: an exit code; EXIT_USAGE, with a line on stderr: there is none.
 */
int describe(const char *form, const char *verb,
	     const struct verb *const *first, const struct verb *const *end);

#endif
