// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "_cgo_export.h"
#include "probe.h"

static sem_t started;
static long calls;

/* A thread that Go knows nothing of until it calls. */
static void *thread_main(void *unused)
{
	int64_t start;
	long i;

	for (;;) {
		while (sem_wait(&started) && errno == EINTR)
			;
		start = probe_now();
		for (i = 0; i < calls; i++)
			goThreadCallback();
		goThreadDone(probe_now() - start);
	}
	return unused;
}

int thread_create(void)
{
	pthread_t thread;

	if (sem_init(&started, 0, 0))
		return errno;
	return pthread_create(&thread, NULL, thread_main, NULL);
}

void thread_call(long n)
{
	calls = n;
	sem_post(&started);
}
