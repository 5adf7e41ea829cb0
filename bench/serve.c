// SPDX-License-Identifier: GPL-2.0
#include "serve.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_BYTES 64

/* Words of a request, and one more, by which too many are known. */
#define WORDS 3

/* Until lazily bound symbols, heaps and branch predictors have settled. */
#define WARMUP_CALLS   100000u
#define WARMUP_SECONDS 0.2

/* The fences are those that a replay has around its time stamps. */
static uint64_t time_stamp(void)
{
	uint32_t lo, hi, cpu;

	asm volatile("rdtscp; lfence"
		     : "=a"(lo), "=d"(hi), "=c"(cpu)
		     :
		     : "memory");
	return (uint64_t)hi << 32 | lo;
}

static uint64_t begin(void)
{
	asm volatile("mfence; lfence" : : : "memory");
	return time_stamp();
}

/* The loop that a compiler makes of a for statement, with nothing in it. */
static void empty_loop(uint32_t n)
{
	while (n--)
		asm volatile("");
}

static void time_blocks(void (*loop)(uint32_t n), uint32_t n, uint32_t m,
			uint64_t *ticks)
{
	uint64_t start;
	uint32_t i;

	for (i = 0; i < m; i++) {
		start = begin();
		loop(n);
		ticks[i] = time_stamp() - start;
	}
}

/* A word is a number from 1 to @most. */
static bool is_number(const char *word, uint32_t most, uint32_t *n)
{
	unsigned long value;
	char *end;

	if (!word || !isdigit((unsigned char)*word))
		return false;
	value = strtoul(word, &end, 10);
	*n = value;
	return !*end && value >= 1 && value <= most;
}

static int refuse(const struct serve_calls *calls, const char *line)
{
	fprintf(stderr,
		"%s: \"%.40s\": no such request: N, N M or empty N, by docs/live.md\n",
		calls->name, line);
	return SERVE_BAD;
}

/* The words of @line, which lose what parts them: WORDS at most. */
static int split(char *line, char **word)
{
	char *save, *next;
	int n = 0;

	for (next = strtok_r(line, " ", &save); next && n < WORDS;
	     next = strtok_r(NULL, " ", &save))
		word[n++] = next;
	return n;
}

static int answer(const struct serve_calls *calls, const char *line)
{
	char copy[LINE_BYTES], *word[WORDS] = {NULL};
	uint64_t ticks[SERVE_MAX_BLOCKS];
	uint32_t n, m = 1, i;
	int words, rc;

	words = split(strcpy(copy, line), word);
	if (words == 2 && !strcmp(word[0], "empty") &&
	    is_number(word[1], SERVE_MAX_CALLS, &n)) {
		time_blocks(empty_loop, n, m, ticks);
	} else if (!is_number(word[0], SERVE_MAX_CALLS, &n) || words > 2 ||
		   (words == 2 && !is_number(word[1], SERVE_MAX_BLOCKS, &m))) {
		return refuse(calls, line);
	} else if (calls->loop) {
		time_blocks(calls->loop, n, m, ticks);
	} else {
		rc = calls->take(calls->context, n, m, ticks);
		if (rc)
			return rc;
	}
	for (i = 0; i < m; i++)
		printf("%s%lu", i ? " " : "", ticks[i]);
	putchar('\n');
	fflush(stdout);
	return SERVE_DONE;
}

int serve(const struct serve_calls *calls)
{
	char line[LINE_BYTES];
	int rc;

	puts("ready loop");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strchr(line, '\n') && !feof(stdin))
			return refuse(calls, line);
		line[strcspn(line, "\n")] = '\0';
		rc = answer(calls, line);
		if (rc)
			return rc;
	}
	return SERVE_DONE;
}

void __attribute__((noinline)) serve_mark(void)
{
	asm volatile("");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void warm_up(void (*loop)(uint32_t n))
{
	double start = now();
	uint32_t n;

	for (n = 1; n < WARMUP_CALLS && now() - start < WARMUP_SECONDS; n *= 2)
		loop(n);
}

int serve_program(const struct serve_calls *calls, int argc, char **argv)
{
	bool run = argc == 2 && !strcmp(argv[1], "run");

	if (!run && !(argc == 2 && !strcmp(argv[1], "serve"))) {
		fprintf(stderr, "usage: %s run | serve\n", calls->name);
		return SERVE_BAD;
	}
	warm_up(calls->loop);
	if (!run)
		return serve(calls);
	serve_mark();
	for (;;)
		calls->loop(WARMUP_CALLS);
}
