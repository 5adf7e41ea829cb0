// SPDX-License-Identifier: GPL-2.0
/*
 * A program whose caller reads all lines of some pages before each call, and
 * whose callee reads 20 lines of each of some sets of L1d: what the call takes
 * from the caller's working set is known, line by line.
 *
 * usage: keeper PAGES SET...
 */
#include <stdlib.h>

#define PAGE  4096
#define LINE  64
#define LINES 20 /* of a set: more than the ways of any L1d */
#define PAGES 64 /* of the caller, at most */
#define SETS  64

static char kept[PAGES * PAGE] __attribute__((aligned(PAGE)));
static char taken[LINES * PAGE] __attribute__((aligned(PAGE)));
static int sets[SETS];
static int nsets;

static void read_line(const char *at)
{
	*(volatile const char *)at;
}

__attribute__((noinline)) void callee(void)
{
	int i, j;

	for (i = 0; i < LINES; i++) {
		for (j = 0; j < nsets; j++)
			read_line(taken + i * PAGE + sets[j] * LINE);
	}
}

__attribute__((noinline)) static void caller(int pages)
{
	int i;

	for (i = 0; i < pages * PAGE; i += LINE)
		read_line(kept + i);
	callee();
}

int main(int argc, char **argv)
{
	int i, pages = argc > 1 ? atoi(argv[1]) : 1;

	/* Frames of their own. */
	for (i = 0; i < PAGES * PAGE; i += LINE)
		kept[i] = 1;
	for (i = 0; i < LINES * PAGE; i += LINE)
		taken[i] = 1;
	for (i = 2; i < argc && nsets < SETS; i++)
		sets[nsets++] = atoi(argv[i]);
	for (i = 0; i < 100000; i++)
		caller(pages);
	return 0;
}
