/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_TERMINAL_H
#define SWC_LIB_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* terminal_plain() - does the user want no colours anywhere (NO_COLOR, no-color.org)? */
bool terminal_plain(void);

/* terminal_colours() - is @f a terminal, and are colours wanted there? */
bool terminal_colours(FILE *f);

#endif
