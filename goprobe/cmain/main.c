// SPDX-License-Identifier: GPL-2.0
//go:build ignore

/*
 * C's main thread calls an exported Go function: its stack is the one whose bounds the C
 * library looks for in /proc/self/maps, so it isn't "callback-thread". Prints what
 * "goprobe time" prints of a scenario, as far as it is known.
 *
 * usage: goprobe time callback-main [-limit Nms]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmain.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e9 * t.tv_sec + t.tv_nsec;
}

int main(int argc, char **argv)
{
	double limit = 200e6, start, took;
	long calls = 0, i;

	if (argc < 3 || strcmp(argv[1], "time") ||
	    strcmp(argv[2], "callback-main")) {
		fprintf(stderr,
			"usage: goprobe time callback-main [-limit Nms]\n");
		return 2;
	}
	if (argc > 4)
		limit = 1e6 * strtod(argv[4], NULL);
	/* The first call waits for the runtime. */
	for (i = 0; i < 100; i++)
		goCallback();
	start = now();
	do {
		for (i = 0; i < 100; i++)
			goCallback();
		calls += i;
		took = now() - start;
	} while (took < limit);
	printf("{\"scenario\": \"callback-main\", \"go\": \"%s\", "
	       "\"valid\": true, \"calls\": %ld, \"ns\": %.3f}\n",
	       goVersion(), calls, took / calls);
	return 0;
}
