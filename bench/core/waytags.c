// SPDX-License-Identifier: GPL-2.0
/*
 * Lines that L1d mistakes for one another. A set-associative L1d may predict the way by a
 * hash of the address (AMD since Zen 2; Lipp et al., "Take A Way", ASIA CCS 2020): of two
 * lines in one set whose hashes are equal, each access to one takes the prediction from
 * the other, and costs as much as one that misses.
 *
 * usage: waytags
 *
 * A pointer leads from a line of one page to the same line of another, and back, for
 * each of 4095 other pages. Prints how many of the pages are slow, and both costs, in core
 * cycles of an access. Exit code: 0, or 3 if memory is short.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <x86intrin.h>

#define PAGES	 4096u
#define PAGE	 4096u
#define LINE	 0x340u
#define ACCESSES 800u
#define TRIES	 6

/* A slow pair takes longer than the fastest by so many cycles an access. */
#define SLOW_CYCLES 4.0

static void **line(char *memory, unsigned int page)
{
	return (void **)(memory + (size_t)page * PAGE + LINE);
}

/* The shortest time of @run, in ticks. */
static double shortest(void (*run)(void **), void **from)
{
	double best = 0, ticks;
	unsigned int aux;
	uint64_t begin;
	int i;

	for (i = 0; i < TRIES; i++) {
		begin = __rdtscp(&aux);
		_mm_lfence();
		run(from);
		ticks = __rdtscp(&aux) - begin;
		if (!i || ticks < best)
			best = ticks;
	}
	return best;
}

static void chase(void **p)
{
	unsigned int i;

	for (i = 0; i < ACCESSES; i++)
		p = *p;
	__asm__ volatile("" : : "r"(p));
}

/* As many dependent additions: a cycle each. */
static void add(void **p)
{
	uintptr_t sum = (uintptr_t)p;
	unsigned int i;

	for (i = 0; i < ACCESSES; i++)
		__asm__ volatile("add %0, %0" : "+r"(sum));
}

int main(void)
{
	double cycle, cost, fast = 0, slow = 0, costs[PAGES];
	unsigned int page, nslow = 0;
	char *memory = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		fprintf(stderr, "waytags: 16 MiB: no memory\n");
		return 3;
	}
	cycle = shortest(add, line(memory, 0)) / ACCESSES;
	for (page = 1; page < PAGES; page++) {
		*line(memory, 0) = line(memory, page);
		*line(memory, page) = line(memory, 0);
		cost = shortest(chase, line(memory, 0)) / ACCESSES / cycle;
		costs[page] = cost;
		if (page == 1 || cost < fast)
			fast = cost;
	}
	for (page = 1; page < PAGES; page++) {
		if (costs[page] < fast + SLOW_CYCLES)
			continue;
		nslow++;
		slow += costs[page];
	}
	printf("%u of %u pages, %.1f cycles an access", nslow, PAGES - 1, fast);
	if (nslow)
		printf(", %.1f in those", slow / nslow);
	putchar('\n');
	return 0;
}
