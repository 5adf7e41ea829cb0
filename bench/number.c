// SPDX-License-Identifier: GPL-2.0
#include "number.h"

#include <errno.h>
#include <stdlib.h>

unsigned long number_of(const struct argp_state *state, const char *option,
			const char *arg, unsigned long least,
			unsigned long most)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (end == arg || *end || *arg == '-' || errno || n < least || n > most)
		argp_error(state, "%s %s: not a number from %lu to %lu", option,
			   arg, least, most);
	return n;
}
