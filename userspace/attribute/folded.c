// SPDX-License-Identifier: GPL-2.0
#include "folded.h"

#include <math.h>
#include <stdlib.h>

#include "cleantext.h"

#define UNITS_PER_CYCLE 1000

/* A name of a path: a semicolon would divide it. */
static void put_name(FILE *f, const char *name)
{
	char *clean = cleantext(name), *c;

	for (c = clean; c && *c; c++)
		fputc(*c == ';' ? ',' : *c, f);
	free(clean);
}

static void put_path(FILE *f, const struct callpaths *paths, uint32_t path)
{
	uint32_t parent = paths->list[path].parent;

	if (parent != CALLPATH_NONE) {
		put_path(f, paths, parent);
		fputc(';', f);
	}
	put_name(f, paths->list[path].name);
}

void folded_write(const struct prefix_profile *p, FILE *f)
{
	uint32_t path;
	long units;

	for (path = 0; path < p->paths.n; path++) {
		units = lround(p->self.list[path].cycles.mean *
			       UNITS_PER_CYCLE);
		if (units <= 0)
			continue;
		put_path(f, &p->paths, path);
		fprintf(f, " %ld\n", units);
	}
}
