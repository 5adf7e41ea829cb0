/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_WATCHVIEW_H
#define SWC_CLI_WATCHVIEW_H

#include "watching.h"

/*
 * A program that runs is shown by a line a function, on the last lines of a
 * terminal, drawn in place once a second. The program's own output scrolls above them.
 * NO_COLOR in the environment (no-color.org) leaves out the emphasis.
 */
struct watchview {
	unsigned int rows; /* of the terminal */
	unsigned int columns;
	unsigned int lines; /* of these, the last ones; 0: nothing is shown */
	bool plain;
};

/* watchview_begin() - on stdout, if that is a terminal; else nobody has to be shown. */
struct watch_view watchview_begin(struct watchview *view);

/* watchview_end() - give the lines back: the result comes. */
void watchview_end(struct watchview *view);

#endif
