// SPDX-License-Identifier: GPL-2.0
#include "heldsignals.h"

#include <stdlib.h>
#include <string.h>

/* The kernel's number: the C library keeps the first two for itself. */
#define FIRST_REALTIME 32

static bool has(const struct held_signals *held, int signal)
{
	size_t i;

	for (i = 0; i < held->n; i++)
		if (held->list[i].si_signo == signal)
			return true;
	return false;
}

int held_signals_add(struct held_signals *held, const siginfo_t *info,
		     struct error *err)
{
	size_t capacity = held->capacity ? 2 * held->capacity : 16;
	siginfo_t *list;

	if (info->si_signo < FIRST_REALTIME && has(held, info->si_signo))
		return 0;
	if (held->n == held->capacity) {
		list = realloc(held->list, capacity * sizeof(*list));
		if (!list)
			return error_set(err, EXIT_IMPOSSIBLE,
					 "record: out of memory for signals");
		held->list = list;
		held->capacity = capacity;
	}
	held->list[held->n++] = *info;
	return 0;
}

bool held_signals_take(struct held_signals *held, siginfo_t *info)
{
	if (!held->n)
		return false;
	*info = held->list[0];
	memmove(held->list, held->list + 1, --held->n * sizeof(*held->list));
	return true;
}

void held_signals_free(struct held_signals *held)
{
	free(held->list);
	*held = (struct held_signals){0};
}
