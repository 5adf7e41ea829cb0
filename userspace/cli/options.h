/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_OPTIONS_H
#define SWC_CLI_OPTIONS_H

#include <argp.h>
#include <limits.h>
#include <stddef.h>

#include "apart.h"
#include "backend.h"

/*
 * An option is declared once: how it is given, and where in a verb's arguments it goes.
 *
 *	static const struct cli_option options[] = {
 *		{"repetitions", 'r', "N", "Calls to record",
 *		 INTO_NUMBER(arguments, repetitions, 1, 10000)},
 *		{"verbose", 'v', NULL, "Show the progress",
 *		 INTO_FLAG(arguments, verbose)},
 *		{0}};
 *
 * After cli_parse() "-r 5" has made arguments.repetitions 5, and "-r 0" is one line on
 * stderr and exit code 2. argp parses, and prints --help.
 */

/**
 * struct cli_option - one of them
 * @name: in its long form, without dashes
 * @letter: in its short form; 0: it has none
 * @arg: what --help calls its argument; NULL: it takes none
 * @help: what it does; NULL: hidden, or an alias
 * @take: puts @text into @place of the verb's arguments, or calls cli_usage()
 * @at: where that is, from their beginning
 * @bytes: of what is there
 * @min: of a number
 * @max: likewise
 * @find: the number of a word, or -1
 * @noun: that such words are
 * @choices: all of them
 * @flags: argp's
 */
struct cli_option {
	const char *name;
	int letter;
	const char *arg;
	const char *help;
	void (*take)(const struct cli_option *o, void *place, char *text,
		     const struct argp_state *state);
	size_t at;
	size_t bytes;
	double min;
	double max;
	int (*find)(const char *word);
	const char *noun;
	const char *choices;
	int flags;
};

#define INTO_(type, member)                  \
	.at = offsetof(struct type, member), \
	.bytes = sizeof(((struct type *)0)->member)

/* INTO() - by a function of the verb's own. */
#define INTO(type, member, function) .take = (function), INTO_(type, member)

/* INTO_FLAG() - true, if it is given. */
#define INTO_FLAG(type, member) INTO(type, member, cli_take_flag)

/* INTO_TEXT() - as it is. */
#define INTO_TEXT(type, member) INTO(type, member, cli_take_text)

/* INTO_NUMBER() - an integer of any size. */
#define INTO_NUMBER(type, member, least, most) \
	INTO(type, member, cli_take_number), .min = (least), .max = (most)

/* INTO_REAL() - a double. */
#define INTO_REAL(type, member, least, most) \
	INTO(type, member, cli_take_real), .min = (least), .max = (most)

/*
 * INTO_CHOICE() - the number of one of some words. Another is answered with 'no
 * NOUN "other"; choose CHOICES'.
 */
#define INTO_CHOICE(type, member, f, n, c)                             \
	INTO(type, member, cli_take_choice), .find = (f), .noun = (n), \
		.choices = (c)

/* Options of several verbs; each says in its own words what they do for it. */

#define OPTION_JSON(type, member)                              \
	{"json", 'j', NULL, "Print one JSON object on stdout", \
	 INTO_FLAG(type, member)}

#define OPTION_CPU(type, member, text) \
	{"cpu", 'c', "N", text, INTO_NUMBER(type, member, 0, 65535)}

/* A struct backend_ops. */
#define OPTION_BACKEND(type, member, text) \
	{"backend", 'b', "B", text, INTO(type, member, cli_take_backend)}

#define OPTION_SAMPLES(type, member, most, text) \
	{"samples", 'n', "N", text, INTO_NUMBER(type, member, 1, most)}

#define OPTION_WARM(type, member, text) \
	{"warm", 0, "N", text, INTO_NUMBER(type, member, 0, 1000)}

#define OPTION_TIME_LIMIT(type, member, text) \
	{"time-limit", 0, "S", text, INTO_REAL(type, member, 0.1, 86400)}

/* A struct states; it may be repeated. */
#define OPTION_STATE(type, member, text) \
	{"state", 's', "ST", text, INTO(type, member, cli_take_state)}

#define OPTION_GOPROBE(type, member)                        \
	{"goprobe", 0, "FILE",                              \
	 "The goprobe program (default: next to this one)", \
	 INTO_TEXT(type, member)}

#define OPTION_PROCESSES(type, member, text) \
	{"processes", 0, "N", text,          \
	 INTO_NUMBER(type, member, 1, RUN_MAX_PROCESSES)}

#define OPTION_SEED(type, member)                                                         \
	{"seed", 0, "N",                                                                  \
	 "Draw orders, pedestals, places and environments as the run with this seed did", \
	 INTO_NUMBER(type, member, 1, (double)LONG_MAX)}

/* Of a struct run_apart: the command is one of the processes of another. */
#define OPTION_SERVED(type, member)                    \
	{APART_OPTION,                                 \
	 0,                                            \
	 "FD",                                         \
	 NULL,                                         \
	 INTO_NUMBER(type, member.served, 3, INT_MAX), \
	 .flags = OPTION_HIDDEN}

/* cli_check_tsc_step() belongs to it. */
#define OPTION_TSC_STEP(type, member)                                     \
	{"tsc-step", 0, "N",                                              \
	 "Round time stamps down to multiples of N ticks, to see what a " \
	 "TSC that advances in steps does (user backend)",                \
	 INTO_NUMBER(type, member, 1, 1000)}

#define OPTION_SUMS(type, member)                                               \
	{"sums", 0, NULL,                                                       \
	 "Put the sums that estimates are made of into the JSON, so that they " \
	 "can be computed again",                                               \
	 INTO_FLAG(type, member)}

#define OPTION_CATALOGUE(type, member)                               \
	{"catalogue", 0, "FILE",                                     \
	 "Claims (default: the catalogue that is next to this one)", \
	 INTO_TEXT(type, member)}

#define OPTION_QUIET(type, member)                                             \
	{"quiet-system", 'q', NULL, "Make the system quieter, and restore it", \
	 INTO_FLAG(type, member)}

#define CLI_TEXT_(constant) #constant

/* CLI_TEXT() - a constant as it is to be read in an option's help. */
#define CLI_TEXT(constant) CLI_TEXT_(constant)

/**
 * struct cli_options - some that belong together, and what goes with them
 * @list: the options; the last has no name
 * @word: takes what is no option, as a path is; NULL: there must be none
 * @check: when all have been taken: do they fit together? NULL: in any case
 */
struct cli_options {
	const struct cli_option *list;
	void (*word)(void *arguments, char *word, struct argp_state *state);
	void (*check)(void *arguments, const struct argp_state *state);
};

/* Options of another list, and where in a verb's arguments they go. */
struct cli_group {
	const struct cli_options *options;
	size_t at;
};

#define CLI_GROUP(type, member, list) {&(list), offsetof(struct type, member)}

/**
 * struct cli_syntax - of a verb's command line
 * @words: what --help calls what is no option
 * @doc: what the verb does; after "\v" what else there is to know
 * @own: its own options
 * @groups: and others
 */
struct cli_syntax {
	const char *words;
	const char *doc;
	struct cli_options own;
	struct cli_group groups[3];
};

/* So many options a verb may have, those of all verbs among them. */
#define CLI_MAX_OPTIONS 48

/**
 * cli_list_options() - those of a verb, its own first, those of all verbs last
 * @syntax: the verb's
 * @to: has room for CLI_MAX_OPTIONS; hidden ones are among them
 *
 * Return: how many.
 */
size_t cli_list_options(const struct cli_syntax *syntax,
			const struct cli_option **to);

/*
 * cli_parse() - fill a verb's @arguments; those that aren't given stay as they are. A
 * command line that is wrong, and --help, end the program. Progress is shown from then on
 * (progress.h).
 */
void cli_parse(const struct cli_syntax *syntax, int argc, char **argv,
	       void *arguments);

/* cli_verbose() - did --verbose ask for more on stderr? */
bool cli_verbose(void);

/* cli_usage() - one line about a wrong command line, and exit code 2. */
void cli_usage(const struct argp_state *state, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* cli_find_backend() - that of the name; there is none: a usage error with @choices. */
const struct backend_ops *cli_find_backend(const struct argp_state *state,
					   const char *name,
					   const char *choices);

/* cli_check_named() - what is read once can't be read again by each process. */
void cli_check_named(const struct argp_state *state, const char *path);

/* cli_check_tsc_step() - a step can be planted in the user backend alone. */
void cli_check_tsc_step(const struct argp_state *state, uint32_t step,
			const struct backend_ops *backend);

/* For the macros above. */
void cli_take_flag(const struct cli_option *o, void *place, char *text,
		   const struct argp_state *state);
void cli_take_text(const struct cli_option *o, void *place, char *text,
		   const struct argp_state *state);
void cli_take_number(const struct cli_option *o, void *place, char *text,
		     const struct argp_state *state);
void cli_take_real(const struct cli_option *o, void *place, char *text,
		   const struct argp_state *state);
void cli_take_choice(const struct cli_option *o, void *place, char *text,
		     const struct argp_state *state);
void cli_take_backend(const struct cli_option *o, void *place, char *text,
		      const struct argp_state *state);
void cli_take_state(const struct cli_option *o, void *place, char *text,
		    const struct argp_state *state);

#endif
