// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/freestanding.h"
#include "error.h"
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

/* Options without a letter have keys behind all letters, by their number. */
#define FIRST_KEY   0x100
#define MAX_OPTIONS 40

/* A command line while argp parses it. */
struct parse {
	const struct cli_syntax *syntax;
	char *arguments;
	struct {
		const struct cli_option *option;
		size_t at; /* of its list's arguments in the verb's */
	} taken[MAX_OPTIONS];
	struct argp_option options[MAX_OPTIONS + 1];
	size_t n;
};

static void add_list(struct parse *p, const struct cli_options *options,
		     size_t at)
{
	const struct cli_option *o;

	for (o = options->list; o && o->name && p->n < MAX_OPTIONS; o++) {
		p->taken[p->n].option = o;
		p->taken[p->n].at = at + o->at;
		p->options[p->n] = (struct argp_option){
			.name = o->name,
			.key = o->letter ? o->letter : FIRST_KEY + (int)p->n,
			.arg = o->arg,
			.flags = o->flags,
			.doc = o->help,
		};
		p->n++;
	}
}

static int take(const struct parse *p, int key, char *text,
		const struct argp_state *state)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->options[i].key != key)
			continue;
		p->taken[i].option->take(p->taken[i].option,
					 p->arguments + p->taken[i].at, text,
					 state);
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
	const struct cli_group *g;
	static char name[64];

	add_list(&p, &syntax->own, 0);
	for (g = syntax->groups; g->options; g++)
		add_list(&p, g->options, g->at);
	snprintf(name, sizeof(name), "switchcost %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
}
