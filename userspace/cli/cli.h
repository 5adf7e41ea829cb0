/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_H
#define SWC_CLI_H

#include <argp.h>
#include <stdbool.h>

#include "error.h"
#include "result.h"

#define CLI_TEXT_(constant) #constant

/* CLI_TEXT() - a constant as it is to be read in an option's help. */
#define CLI_TEXT(constant) CLI_TEXT_(constant)

/*
 * One verb, one file: each parses its own options and returns an exit code.
 * With --json, exactly one object goes to stdout; all messages go to stderr.
 */
struct verb {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

int verb_check(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_fidelity(int argc, char **argv);
int verb_evict(int argc, char **argv);
int verb_lower(int argc, char **argv);
int verb_profile(int argc, char **argv);
int verb_record(int argc, char **argv);
int verb_replay(int argc, char **argv);
int verb_show(int argc, char **argv);
int verb_table(int argc, char **argv);

#define CLI_MAX_PATHS 48

/* Most verbs take this: one input, which of its variants, and --json. */
struct cli_input {
	const char *path;
	const char *more[CLI_MAX_PATHS - 1]; /* if @max_more allows */
	unsigned int nmore;
	unsigned int max_more;
	unsigned int variant;
	bool optional; /* there may be none */
	bool json;
};

/* Options that every verb takes; argp shows them with --help. */
#define CLI_OPTION_JSON \
	{"json", 'j', NULL, 0, "Print one JSON object on stdout", 0}

/*
 * A child parser that fills a struct cli_input. The parent passes it on:
 * state->child_inputs[0] = ... at ARGP_KEY_INIT.
 */
extern const struct argp_child cli_input_parser[];
extern const struct argp cli_input_argp; /* for those with other children */

/* cli_parse_input() - parse the options of a verb that takes no others. */
int cli_parse_input(const char *args_doc, const char *doc, int argc,
		    char **argv, struct cli_input *in);
/* cli_parse() - argp_parse() with the verb's name in messages and in --help. */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* cli_usage() - one line about a wrong command line, and exit code 2. */
void cli_usage(const struct argp_state *state, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

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

/* cli_real() - likewise a number with a fraction. */
double cli_real(const struct argp_state *state, const char *text, double min,
		double max);

/* cli_number() - a number in an option's argument, or a usage error. */
long cli_number(const struct argp_state *state, const char *text, long min,
		long max);

/* cli_cpu() - the argument of --cpu, or a usage error. */
int cli_cpu(const struct argp_state *state, const char *text);

/* cli_time_limit() - the argument of --time-limit, in seconds, likewise. */
double cli_time_limit(const struct argp_state *state, const char *text);

#endif
