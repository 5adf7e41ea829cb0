// SPDX-License-Identifier: GPL-2.0
#include "places.h"

#include "naming.h"

static int find(struct place *place, const struct symbols *symbols,
		const char *program, struct error *err)
{
	if (!place->name)
		return 0;
	return naming_find(symbols, place->name, program, &place->address, err);
}

int places_find(struct places *places, const struct scenario *scenario,
		const struct symbols *symbols, const char *program,
		struct error *err)
{
	char *const *candidate = scenario->begin;

	/* The spelling of a symbol depends on the version of Go. */
	if (!places->begin.name) {
		places->begin.name = *candidate;
		while (*candidate && !symbols_find(symbols, *candidate,
						   &places->begin.address))
			candidate++;
		if (*candidate)
			places->begin.name = *candidate;
	}
	if (!places->mark.name)
		places->mark.name = scenario->mark;
	if (find(&places->begin, symbols, program, err) ||
	    find(&places->end, symbols, program, err) ||
	    find(&places->mark, symbols, program, err))
		return -1;
	return 0;
}
