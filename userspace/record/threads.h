/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_THREADS_H
#define SWC_RECORD_THREADS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "error.h"

/* The threads of the traced process, and what each of them is doing. */
struct thread {
	pid_t tid;
	bool stopped;
	bool signalled; /* stopped by a signal, so that one may be delivered */
	bool job;	/* stopped by job control: it shall stay so */
	int signal;	/* to be delivered when it goes on, or 0 */
	cpu_set_t cpus; /* where it may run when it is not traced */
	bool pinned; /* cpus is known and shall be restored; clones inherit */
};

struct threads {
	struct thread *list;
	size_t n;
	size_t capacity;
};

struct thread *threads_find(const struct threads *threads, pid_t tid);

/*
 * threads_add() - the entry of @tid, made if it is new, and then running.
 * Entries move when one is added. Return: NULL with @err set: no memory.
 */
struct thread *threads_add(struct threads *threads, pid_t tid,
			   struct error *err);
void threads_drop(struct threads *threads, pid_t tid);

/* threads_running() - one that is not stopped, or NULL. */
struct thread *threads_running(const struct threads *threads);
void threads_free(struct threads *threads);

#endif
