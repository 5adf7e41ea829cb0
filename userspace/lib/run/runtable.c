// SPDX-License-Identifier: GPL-2.0
#include "runtable.h"

#include <stdlib.h>

#include "drop.h"

#define ROOM 1024u /* for the first rows */

static int grow(struct run_table *t, struct error *err)
{
	size_t room = t->room ? 2 * t->room : ROOM;
	struct run_sample *rows = reallocarray(t->rows, room, sizeof(*rows));

	if (!rows)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for %zu samples: ask for fewer "
				 "(--samples)",
				 room);
	t->rows = rows;
	t->room = room;
	return 0;
}

int run_table_add(struct run_table *t, unsigned int arm, uint32_t unit,
		  uint64_t ticks, unsigned int flags, struct error *err)
{
	if (t->n == t->room && grow(t, err))
		return -1;
	t->rows[t->n++] = (struct run_sample){
		.round = t->round,
		.unit = unit,
		.ticks = ticks < UINT32_MAX ? ticks : UINT32_MAX,
		.process = t->process,
		.arm = arm,
		.flags = flags,
		.dropped = DROP_CAUSES,
	};
	return 0;
}

void run_table_free(struct run_table *t)
{
	free(t->rows);
	*t = (struct run_table){0};
}

const struct run_sample *run_table_kept(const struct run_table *t,
					const struct run_sample *from)
{
	const struct run_sample *end = t->rows + t->n;

	while (from < end && from->dropped != DROP_CAUSES)
		from++;
	return from < end ? from : NULL;
}
