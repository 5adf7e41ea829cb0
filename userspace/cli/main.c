// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "engine/freestanding.h"

static const struct verb verbs[] = {
	{"doctor", "tell what can be measured here, and how well", verb_doctor},
	{"record", "record a call of a running program into a trace",
	 verb_record},
	{"show", "print a trace or a sequence", verb_show},
	{"lower", "turn a trace into a sequence", verb_lower},
	{"check", "verify a sequence without running it", verb_check},
	{"replay", "replay a sequence and measure it", verb_replay},
	{"profile", "tell where a sequence's cycles go", verb_profile},
	{"fidelity", "hold a replay against the live call", verb_fidelity},
	{"evict", "tell which lines and pages a sequence evicts", verb_evict},
	{"table", "put results side by side", verb_table},
};

static void usage(FILE *f)
{
	size_t i;

	fprintf(f, "usage: switchcost VERB [OPTION...] ...\n\n");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(f, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(f,
		"\n\"switchcost VERB --help\" tells more. Exit codes: 0 done, "
		"1 measured but a check failed,\n2 usage or bad input, 3 not "
		"possible here.\n");
}

static const struct argp_option input_options[] = {
	{"variant", 'V', "N", 0,
	 "Which variant of a trace, 0 is the most frequent", 0},
	CLI_OPTION_JSON,
	{0}};

static error_t parse_input(int key, char *arg, struct argp_state *state)
{
	struct cli_input *in = state->input;

	switch (key) {
	case 'j':
		in->json = true;
		return 0;
	case 'V':
		in->variant = cli_number(state, arg, 0, 1000000);
		return 0;
	case ARGP_KEY_ARG:
		if (!in->path)
			in->path = arg;
		else if (in->nmore < in->max_more)
			in->more[in->nmore++] = arg;
		else
			cli_usage(state,
				  in->max_more
					  ? "too many sequences at a time"
					  : "one trace or sequence at a time");
		return 0;
	case ARGP_KEY_END:
		if (!in->path && !in->optional)
			cli_usage(state, "which trace or sequence?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_input_argp = {
	.options = input_options,
	.parser = parse_input,
};

const struct argp_child cli_input_parser[] = {{.argp = &cli_input_argp}, {0}};

int cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	static char name[64];

	snprintf(name, sizeof(name), "switchcost %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	return argp_parse(argp, argc, argv, 0, NULL, input);
}

int cli_parse_input(const char *args_doc, const char *doc, int argc,
		    char **argv, struct cli_input *in)
{
	struct argp argp = cli_input_argp;

	argp.args_doc = args_doc;
	argp.doc = doc;
	return cli_parse(&argp, argc, argv, in);
}

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

int cli_fail(const struct error *err)
{
	fprintf(stderr, "switchcost: %s\n", err->text);
	return err->code;
}

static int say_unprinted(const char *why)
{
	fprintf(stderr, "switchcost: cannot print the result: %s\n", why);
	return EXIT_IMPOSSIBLE;
}

int cli_print(struct result *result, int code)
{
	if (!result)
		return say_unprinted("out of memory");
	if (result_write(result, stdout))
		code = say_unprinted(strerror(errno));
	result_free(result);
	return code;
}

int cli_show(const struct record *record, const void *data, cli_text text,
	     bool json, int code)
{
	struct result *result = result_make(record, data);

	if (json || !result)
		return cli_print(result, code);
	text(data, result);
	result_free(result);
	return code;
}

long cli_number(const struct argp_state *state, const char *text, long min,
		long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || end == text || *end || value < min || value > max)
		cli_usage(state, "\"%s\": a number from %ld to %ld is needed",
			  text, min, max);
	return value;
}

const char *cli_beside(const char *name)
{
	static char path[PATH_MAX + 64];
	char self[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dirname(self), name);
	return path;
}

const char *cli_goprobe(void)
{
	const char *set = getenv("SWITCHCOST_GOPROBE");

	return set ? set : cli_beside("goprobe/goprobe");
}

double cli_real(const struct argp_state *state, const char *text, double min,
		double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= min && value <= max))
		cli_usage(state, "\"%s\": a number from %g to %g is needed",
			  text, min, max);
	return value;
}

int cli_cpu(const struct argp_state *state, const char *text)
{
	return cli_number(state, text, 0, 65535);
}

double cli_time_limit(const struct argp_state *state, const char *text)
{
	return cli_real(state, text, 0.1, 86400);
}

int main(int argc, char **argv)
{
	size_t i;
	int code;

	gsl_set_error_handler_off();
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_DONE;
	}
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		code = verbs[i].run(argc - 1, argv + 1);
		if (fflush(stdout) || ferror(stdout)) {
			fprintf(stderr, "switchcost: stdout: %s\n",
				strerror(errno));
			return EXIT_IMPOSSIBLE;
		}
		return code;
	}
	fprintf(stderr, "switchcost: no verb \"%s\"; see switchcost --help\n",
		argv[1]);
	return EXIT_USAGE;
}
