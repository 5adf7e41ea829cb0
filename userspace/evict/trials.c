// SPDX-License-Identifier: GPL-2.0
#include "trials.h"

uint32_t trials_most_lines(const struct trials *t)
{
	uint32_t i, most = 0;

	for (i = 0; i < t->nsources; i++) {
		if (t->sources[i].sweep_lines > most)
			most = t->sources[i].sweep_lines;
	}
	return most;
}

uint32_t trials_most_pages(const struct trials *t)
{
	uint32_t i, most = 0;

	for (i = 0; i < t->nsources; i++) {
		if (t->sources[i].sweep_pages > most)
			most = t->sources[i].sweep_pages;
	}
	return most;
}
