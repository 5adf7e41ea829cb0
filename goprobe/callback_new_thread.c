// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>

#include "_cgo_export.h"
#include "probe.h"

/* A thread that Go knows nothing of calls, reports how long that took, and ends. */
static void *new_thread_main(void *unused)
{
	int64_t start = probe_now();

	goNewThreadCallback();
	goNewThreadDone(probe_now() - start);
	return unused;
}

int new_thread_create(void)
{
	pthread_t thread;
	int code = pthread_create(&thread, NULL, new_thread_main, NULL);

	return code ? code : pthread_detach(thread);
}
