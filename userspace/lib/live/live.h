/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LIVE_H
#define SWC_LIB_LIVE_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/*
 * The recorded program itself, alive: "goprobe serve NAME", or any other that speaks its
 * protocol (docs/live.md), makes as many calls as it is asked for and says how many TSC
 * ticks they took. It starts as the
 * recorder starts it, allowed on one CPU only, on which the runtime settles how
 * many processors it has. Then its other threads may go elsewhere: Go's monitor
 * looks every 20 us after an idle time and would take a tenth of that CPU.
 */
struct live {
	const char *program; /* the caller's */
	pid_t pid;
	int socket;
	char line[2048]; /* of the answer */
	size_t used;
};

/* A command has so many words at most. */
#define LIVE_MOST_WORDS 32u

/**
 * struct live_command - the words of a command that starts such a program
 * @text: the words, each with a NUL after it
 * @words: ends with NULL
 */
struct live_command {
	char text[4096];
	char *words[LIVE_MOST_WORDS + 1];
};

/**
 * live_command() - take a command apart, at its blanks
 * @command: filled
 * @line: the command
 * @option: that it was given by, for the message
 * @err: set on failure: it has no words, or too many
 *
 * Return: 0, or -1 with @err set.
 */
int live_command(struct live_command *command, const char *line,
		 const char *option, struct error *err);

/* How the scenario's calls can be made; see goprobe's serve. */
enum live_kind {
	LIVE_LOOP, /* back to back */
	LIVE_ONE,  /* one by one: something comes before each */
};

/**
 * live_start() - start the program and wait until it is warm
 * @live: filled
 * @command: the program and its arguments; ends with NULL
 * @kind: as it has to be
 * @elsewhere: where threads other than the caller of the calls may run
 * @err: set on failure
 *
 * The caller is allowed on one CPU, which the program inherits. Return: 0, or -1
 * with @err set and nothing left of it.
 */
int live_start(struct live *live, char *const *command, enum live_kind kind,
	       const cpu_set_t *elsewhere, struct error *err);

/* live_end() - end the program and collect it. Harmless after a failure. */
void live_end(struct live *live);

#define LIVE_MAX_BLOCKS 64 /* of one request */

/*
 * live_calls() - the ticks of @blocks times @n calls back to back, after @warm times that
 * don't count. All are one request: a program that answers, or asks, in between comes
 * back from a switch of tasks. @warm and @blocks: LIVE_MAX_BLOCKS together.
 *
 * Return: 0, or -1 with @err set: it died, or talks nonsense.
 */
int live_calls(struct live *live, uint32_t n, uint32_t warm, uint32_t blocks,
	       uint64_t *ticks, struct error *err);

/* live_empty() - the same of @n iterations of an empty loop. */
int live_empty(struct live *live, uint32_t n, uint64_t *ticks,
	       struct error *err);

#define LIVE_MOST_ONES	  64u
#define LIVE_KNOWN_CYCLES 100 /* core cycles: goprobe/tsc's ChainCycles */

/*
 * live_ones() - @n single calls, at most LIVE_MOST_ONES, each after its preparation, and
 * beside each, in @known, a call that takes LIVE_KNOWN_CYCLES, all timed in the same
 * way. The program doesn't wait between them.
 */
int live_ones(struct live *live, uint32_t n, uint64_t *ticks, uint64_t *known,
	      struct error *err);

#endif
