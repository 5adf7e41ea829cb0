// SPDX-License-Identifier: GPL-2.0
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define CELLS 40

/* @context: what the line showed last. */
static void draw(void *context, double done)
{
	int *shown = context, percent = done * 100, i;

	if (percent == *shown)
		return;
	*shown = percent;
	fprintf(stderr, "\r[");
	for (i = 0; i < CELLS; i++)
		fputc(i < percent * CELLS / 100 ? '#' : ' ', stderr);
	fprintf(stderr, "] %3d %%", percent);
	fflush(stderr);
}

struct run_progress progress_begin(bool wanted)
{
	static int shown;

	shown = -1;
	if (!wanted && !isatty(STDERR_FILENO))
		return (struct run_progress){0};
	return (struct run_progress){draw, &shown};
}

void progress_end(const struct run_progress *progress)
{
	if (progress->tell)
		fprintf(stderr, "\r%*s\r", CELLS + 8, "");
}
