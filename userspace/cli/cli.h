/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_H
#define SWC_CLI_H

#include <stdbool.h>

#include "error.h"
#include "options.h"
#include "result.h"

/*
 * One verb, one file: each parses its options (options.h), has a study carried out, shows
 * its report, and returns an exit code. With --json, exactly one object goes to stdout;
 * all messages go to stderr.
 */
struct verb {
	const char *name;
	const char *summary;
	const struct cli_syntax *syntax;
	const struct record *const *results; /* of --json; the last is NULL */
	int (*run)(int argc, char **argv);
};

/*
 * VERB() - makes a verb of verb_NAME(), above it in its file; its syntax and the records of
 * what --json prints follow. main() finds all verbs, and describe.h makes manual pages,
 * completions and schemas of them.
 */
#define VERB(name_, summary_, syntax_, ...)                       \
	static const struct verb name_##_verb = {                 \
		.name = #name_,                                   \
		.summary = (summary_),                            \
		.syntax = (syntax_),                              \
		.results =                                        \
			(const struct record *const[]){           \
				__VA_ARGS__ __VA_OPT__(, ) NULL}, \
		.run = verb_##name_,                              \
	};                                                        \
	static const struct verb *const name_##_listed            \
		__attribute__((used, section("verbs"))) = &name_##_verb

/* cli_fail() - print the error's line on stderr. Return: its exit code. */
int cli_fail(const struct error *err);

/*
 * cli_goprobe() - the goprobe program: next to this one, where the Makefile puts
 * it, unless the environment (SWITCHCOST_GOPROBE) names another.
 */
const char *cli_goprobe(void);

/*
 * cli_beside() - the path of a program in this one's folder; the next call's is
 * written over it.
 */
const char *cli_beside(const char *name);

/*
 * cli_print() - print @result as JSON, and free it; NULL: memory was short. Return:
 * @code, if it could be printed.
 */
int cli_print(struct result *result, int code);

/* The text of a result for people, on stdout; @data: what the result was made of. */
typedef void (*cli_text)(const void *data, const struct result *result);

/* cli_show() - make a result, and print it as JSON or as text. Return: @code. */
int cli_show(const struct record *record, const void *data, cli_text text,
	     bool json, int code);

#endif
