// SPDX-License-Identifier: GPL-2.0
#include "landmarks.h"

#include "naming.h"

static int find(struct landmark *landmark, const struct symbols *symbols,
		const char *program, struct error *err)
{
	if (!landmark->name)
		return 0;
	return naming_find(symbols, landmark->name, program, &landmark->address,
			   err);
}

int landmarks_find(struct landmarks *landmarks, const struct scenario *scenario,
		   const struct symbols *symbols, const char *program,
		   struct error *err)
{
	char *const *candidate = scenario->begin;

	/* The spelling of a symbol depends on the version of Go. */
	if (!landmarks->begin.name) {
		landmarks->begin.name = *candidate;
		while (*candidate && !symbols_find(symbols, *candidate,
						   &landmarks->begin.address))
			candidate++;
		if (*candidate)
			landmarks->begin.name = *candidate;
	}
	if (!landmarks->mark.name)
		landmarks->mark.name = scenario->mark;
	if (find(&landmarks->begin, symbols, program, err) ||
	    find(&landmarks->end, symbols, program, err) ||
	    find(&landmarks->mark, symbols, program, err))
		return -1;
	return 0;
}
