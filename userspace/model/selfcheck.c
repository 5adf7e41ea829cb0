// SPDX-License-Identifier: GPL-2.0
#include "selfcheck.h"

#include <stdio.h>

#define PAGE 4096u

/* Misses of the third of three sweeps through @n units of @step bytes. */
static uint64_t sweep(struct model *m, enum model_structure structure,
		      uint32_t flags, uint64_t n, uint32_t step)
{
	enum model_side side = flags & MODEL_FETCH ? MODEL_CODE : MODEL_DATA;
	struct model_access a = {.bytes = 1, .flags = flags};
	unsigned int turn;

	model_clear(m);
	for (turn = 0; turn < 3; turn++) {
		model_forget(m);
		for (a.address = 0; a.address < n * step; a.address += step)
			model_run(m, &a, 1);
	}
	return m->tally[structure][side].misses;
}

static bool is_tlb(enum model_structure structure)
{
	return structure >= MODEL_DTLB;
}

/* Return: all is well with the array that @flags go to, if there is one. */
static bool check(struct model *m, enum model_structure structure,
		  const struct assoc *a, uint32_t flags, char *why,
		  size_t bytes)
{
	uint32_t step = is_tlb(structure) ? PAGE : 1u << m->line_shift;
	uint64_t n = a ? (uint64_t)a->sets * a->ways : 0, fits, more;

	if (!n || n > SELFCHECK_ENTRIES || a->policy != GEOMETRY_LRU)
		return true;
	fits = sweep(m, structure, flags, n, step);
	more = sweep(m, structure, flags, n + 1, step);
	if (!fits && more == a->ways + 1)
		return true;
	snprintf(why, bytes,
		 "%s: sweeps of %lu and one more miss %lu and %lu times, not 0 "
		 "and %u: report it",
		 model_structure_name(structure), (unsigned long)n,
		 (unsigned long)fits, (unsigned long)more, a->ways + 1);
	return false;
}

bool model_selfcheck(struct model *m, char *why, size_t bytes)
{
	bool code = model_has(m, MODEL_ITLB), any = false, good = true;
	enum model_structure s;
	uint32_t flags;

	*why = 0;
	for (s = 0; s < MODEL_STRUCTURES && good; s++) {
		any |= model_has(m, s);
		flags = s == MODEL_L1I || s == MODEL_ITLB ? MODEL_FETCH
							  : MODEL_READ;
		good = check(m, s, m->part[s].array, flags, why, bytes);
		if (good && s == MODEL_DTLB)
			good = check(m, s, m->part[s].other, MODEL_WRITE, why,
				     bytes);
		if (good && s == MODEL_STLB && code)
			good = check(m, s, m->part[s].other, MODEL_FETCH, why,
				     bytes);
	}
	model_clear(m);
	if (!any)
		snprintf(why, bytes, "no cache is known: %s",
			 m->part[MODEL_L1D].why);
	return any && good;
}
