// SPDX-License-Identifier: GPL-2.0
#include "threads.h"

#include <stdlib.h>

struct thread *threads_find(const struct threads *threads, pid_t tid)
{
	size_t i;

	for (i = 0; i < threads->n; i++)
		if (threads->list[i].tid == tid)
			return &threads->list[i];
	return NULL;
}

struct thread *threads_add(struct threads *threads, pid_t tid,
			   struct error *err)
{
	struct thread *thread = threads_find(threads, tid), *list;
	size_t capacity = threads->capacity ? 2 * threads->capacity : 16;

	if (thread)
		return thread;
	if (threads->n == threads->capacity) {
		list = realloc(threads->list, capacity * sizeof(*list));
		if (!list) {
			error_set(err, EXIT_IMPOSSIBLE,
				  "record: out of memory for %zu threads",
				  capacity);
			return NULL;
		}
		threads->list = list;
		threads->capacity = capacity;
	}
	thread = &threads->list[threads->n++];
	*thread = (struct thread){.tid = tid};
	return thread;
}

void threads_drop(struct threads *threads, pid_t tid)
{
	struct thread *thread = threads_find(threads, tid);

	if (thread)
		*thread = threads->list[--threads->n];
}

struct thread *threads_running(const struct threads *threads)
{
	size_t i;

	for (i = 0; i < threads->n; i++)
		if (!threads->list[i].stopped)
			return &threads->list[i];
	return NULL;
}

void threads_free(struct threads *threads)
{
	free(threads->list);
	*threads = (struct threads){0};
}
