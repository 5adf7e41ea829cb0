// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/freestanding.h"
#include "error.h"
#include "progress.h"
#include "states.h"

void cli_usage(const struct argp_state *state, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", state->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see --help\n");
	exit(EXIT_USAGE);
}

void cli_take_flag(const struct cli_option *o, void *place, char *text,
		   const struct argp_state *state)
{
	(void)o;
	(void)text;
	(void)state;
	*(bool *)place = true;
}

void cli_take_text(const struct cli_option *o, void *place, char *text,
		   const struct argp_state *state)
{
	(void)o;
	(void)state;
	*(const char **)place = text;
}

/* Little-endian: the lower bytes are the value in any size that it fits. */
static void store(void *place, long value, size_t bytes)
{
	memcpy(place, &value, bytes);
}

void cli_take_number(const struct cli_option *o, void *place, char *text,
		     const struct argp_state *state)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || end == text || *end || value < o->min || value > o->max)
		cli_usage(state, "\"%s\": a number from %.0f to %.0f is needed",
			  text, o->min, o->max);
	store(place, value, o->bytes);
}

void cli_take_real(const struct cli_option *o, void *place, char *text,
		   const struct argp_state *state)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= o->min && value <= o->max))
		cli_usage(state, "\"%s\": a number from %g to %g is needed",
			  text, o->min, o->max);
	*(double *)place = value;
}

void cli_take_choice(const struct cli_option *o, void *place, char *text,
		     const struct argp_state *state)
{
	int found = o->find(text);

	if (found < 0)
		cli_usage(state, "no %s \"%s\"; choose %s", o->noun, text,
			  o->choices);
	store(place, found, o->bytes);
}

const struct backend_ops *cli_find_backend(const struct argp_state *state,
					   const char *name,
					   const char *choices)
{
	const struct backend_ops *backend = backend_find(name);

	if (!backend)
		cli_usage(state, "no backend \"%s\"; choose %s", name, choices);
	return backend;
}

void cli_take_backend(const struct cli_option *o, void *place, char *text,
		      const struct argp_state *state)
{
	(void)o;
	*(const struct backend_ops **)place =
		cli_find_backend(state, text, "kernel or user");
}

void cli_take_state(const struct cli_option *o, void *place, char *text,
		    const struct argp_state *state)
{
	struct error err = {0};

	(void)o;
	if (states_add(place, text, &err))
		cli_usage(state, "%s", err.text);
}

void cli_check_named(const struct argp_state *state, const char *path)
{
	if (!strcmp(path, "-"))
		cli_usage(state, "-: each process reads it: name a file");
}

void cli_check_tsc_step(const struct argp_state *state, uint32_t step,
			const struct backend_ops *backend)
{
	if (step && backend != &backend_user)
		cli_usage(state, "--tsc-step is for the user backend");
}

/* All verbs have these. */
static struct common {
	bool quiet;
	bool verbose;
} common;

static const struct cli_option common_list[] = {
	{"quiet", 0, NULL, "Show no progress on stderr",
	 INTO_FLAG(common, quiet)},
	{"verbose", 'v', NULL,
	 "Show progress on stderr, and more of it, though it is no terminal",
	 INTO_FLAG(common, verbose)},
	{"progress", 0, NULL, NULL, INTO_FLAG(common, verbose),
	 .flags = OPTION_HIDDEN},
	{0}};

bool cli_verbose(void)
{
	return common.verbose;
}

/* Options without a letter have keys behind all letters, by their number. */
#define FIRST_KEY 0x100

/* An option, and where its argument goes. */
struct taken {
	const struct cli_option *option;
	char *place;
};

static size_t add_list(struct taken *to, size_t n,
		       const struct cli_option *list, char *arguments)
{
	const struct cli_option *o;

	for (o = list; o && o->name && n < CLI_MAX_OPTIONS; o++)
		to[n++] = (struct taken){o, arguments + o->at};
	return n;
}

static size_t collect(const struct cli_syntax *syntax, char *arguments,
		      struct taken *to)
{
	size_t n = add_list(to, 0, syntax->own.list, arguments);
	const struct cli_group *g;

	for (g = syntax->groups; g->options; g++)
		n = add_list(to, n, g->options->list, arguments + g->at);
	return add_list(to, n, common_list, (char *)&common);
}

size_t cli_list_options(const struct cli_syntax *syntax,
			const struct cli_option **to)
{
	struct taken taken[CLI_MAX_OPTIONS];
	size_t n = collect(syntax, NULL, taken), i;

	for (i = 0; i < n; i++)
		to[i] = taken[i].option;
	return n;
}

/* A command line while argp parses it. */
struct parse {
	const struct cli_syntax *syntax;
	char *arguments;
	struct taken taken[CLI_MAX_OPTIONS];
	struct argp_option options[CLI_MAX_OPTIONS + 1];
	size_t n;
};

static void describe_to_argp(struct parse *p)
{
	const struct cli_option *o;
	size_t i;

	for (i = 0; i < p->n; i++) {
		o = p->taken[i].option;
		p->options[i] = (struct argp_option){
			.name = o->name,
			.key = o->letter ? o->letter : FIRST_KEY + (int)i,
			.arg = o->arg,
			.flags = o->flags,
			.doc = o->help,
		};
	}
}

static int take(const struct parse *p, int key, char *text,
		const struct argp_state *state)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->options[i].key != key)
			continue;
		p->taken[i].option->take(p->taken[i].option, p->taken[i].place,
					 text, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int take_word(const struct parse *p, char *word,
		     struct argp_state *state)
{
	const struct cli_syntax *s = p->syntax;
	const struct cli_group *g;

	if (s->own.word) {
		s->own.word(p->arguments, word, state);
		return 0;
	}
	for (g = s->groups; g->options; g++) {
		if (!g->options->word)
			continue;
		g->options->word(p->arguments + g->at, word, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void check(const struct parse *p, const struct argp_state *state)
{
	const struct cli_syntax *s = p->syntax;
	const struct cli_group *g;

	for (g = s->groups; g->options; g++) {
		if (g->options->check)
			g->options->check(p->arguments + g->at, state);
	}
	if (s->own.check)
		s->own.check(p->arguments, state);
	if (common.quiet && common.verbose)
		cli_usage(state, "--quiet or --verbose, but not both");
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	const struct parse *p = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		return take_word(p, text, state);
	case ARGP_KEY_END:
		check(p, state);
		return 0;
	default:
		return take(p, key, text, state);
	}
}

void cli_parse(const struct cli_syntax *syntax, int argc, char **argv,
	       void *arguments)
{
	struct parse p = {.syntax = syntax, .arguments = arguments};
	const struct argp argp = {
		.options = p.options,
		.parser = parse,
		.args_doc = syntax->words,
		.doc = syntax->doc,
	};
	static char name[64];

	p.n = collect(syntax, arguments, p.taken);
	describe_to_argp(&p);
	snprintf(name, sizeof(name), "switchcost %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	progress_begin(common.quiet, common.verbose);
}
