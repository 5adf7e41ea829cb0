/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_COMMAND_H
#define SWC_BENCH_COMMAND_H

#include <jansson.h>
#include <stdio.h>

#include "error.h"

/* A running program whose standard output is read. */
struct command {
	FILE *output;
	const char *name;
	double start; /* seconds, monotonic */
	int pid;
};

/* command_now() - seconds on the monotonic clock. */
double command_now(void);

/**
 * command_path() - a file of the build directory that this program lies in
 * @name: relative to it: "switchcost", "bench/gochain.test"
 *
 * Return: malloc()ed; NULL if there is no memory.
 */
char *command_path(const char *name);

/**
 * command_start() - run @argv, bounded to two minutes
 * @command: filled
 * @argv: NULL-terminated; argv[0] is a path
 * @err: set on failure
 */
int command_start(struct command *command, char *const *argv,
		  struct error *err);

/**
 * command_end() - close the output and wait for the end
 * @command: from command_start()
 * @last_good: highest exit code that is no failure
 * @err: set on failure
 *
 * Return: wall time since command_start() in seconds, or a negative value with
 * @err set.
 */
double command_end(struct command *command, int last_good, struct error *err);

/**
 * command_json() - run @argv and read the JSON object that it prints
 * @seconds: increased by the wall time; may be NULL
 *
 * Return: the object, or NULL with @err set.
 */
json_t *command_json(char *const *argv, int last_good, double *seconds,
		     struct error *err);

#endif
