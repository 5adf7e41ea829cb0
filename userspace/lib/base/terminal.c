// SPDX-License-Identifier: GPL-2.0
#include "terminal.h"

#include <stdlib.h>
#include <unistd.h>

bool terminal_plain(void)
{
	const char *no_color = getenv("NO_COLOR");

	return no_color && *no_color;
}

bool terminal_colours(FILE *f)
{
	return isatty(fileno(f)) && !terminal_plain();
}
