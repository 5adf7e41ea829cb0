// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "live.h"
#include "measure.h"
#include "seqtext.h"

/*
 * A live program whose calls are known: replays of a sequence. Held against further
 * replays of the same sequence, their ratio is 1, whatever the sequence takes; held
 * against longer ones, it is what was planted.
 */

static const char doc[] =
	"Speak the protocol of docs/live.md, and make calls that are replays of the "
	"sequence S, back to back: where code and memory lie is drawn once.";

/* Time stamps, and what else a sample has around its calls, are in its ticks. */
struct standin {
	const char *path;
	struct sequence sequence;
	struct backend *backend;
	struct swc_loop loop; /* loaded: so many calls in a sample */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct standin *s = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (s->path)
			argp_error(state, "one sequence at a time");
		s->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!s->path)
			argp_error(state, "which sequence?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* @m samples of @n calls each. */
static int take(struct standin *s, uint32_t n, uint32_t m,
		struct backend_run *run, struct error *err)
{
	*run = (struct backend_run){
		.cpu = measure_default_cpu(),
		.samples = m,
		.seed = n | 1,
	};
	if (s->loop.iterations != n) {
		backend_user.unload(s->backend);
		s->loop = (struct swc_loop){.iterations = n, .copies = 1};
		if (backend_user.load_loop(s->backend, &s->sequence, &s->loop,
					   err))
			return -1;
		if (s->loop.iterations != n)
			return error_set(err, EXIT_USAGE,
					 "%s: too long for %u in a sample",
					 s->path, n);
	}
	return backend_user.run(s->backend, run, err);
}

static int answer_calls(struct standin *s, uint32_t n, uint32_t m,
			struct error *err)
{
	struct backend_run run;
	uint32_t i;

	if (take(s, n, m, &run, err))
		return -1;
	for (i = 0; i < run.produced; i++)
		printf("%s%u", i ? " " : "", run.data[i].ticks);
	putchar('\n');
	return 0;
}

static uint64_t now(void)
{
	unsigned int cpu;
	uint64_t ticks;

	__builtin_ia32_lfence();
	ticks = __builtin_ia32_rdtscp(&cpu);
	__builtin_ia32_lfence();
	return ticks;
}

static int answer_empty(uint32_t n)
{
	uint64_t begun = now();

	while (n--)
		asm volatile("");
	printf("%lu\n", now() - begun);
	return 0;
}

static int answer(struct standin *s, const char *line, struct error *err)
{
	uint32_t n, m = 1;

	if (sscanf(line, "empty %u", &n) == 1)
		return answer_empty(n);
	if (sscanf(line, "%u %u", &n, &m) < 1 || !n || !m ||
	    m > LIVE_MAX_BLOCKS)
		return error_set(err, EXIT_USAGE, "no such request: %s", line);
	return answer_calls(s, n, m, err);
}

static int serve(struct standin *s, struct error *err)
{
	char line[128];

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready loop");
	while (fgets(line, sizeof(line), stdin)) {
		if (answer(s, line, err))
			return -1;
		fflush(stdout);
	}
	return 0;
}

static int read_sequence(struct standin *s, struct error *err)
{
	FILE *in = fopen(s->path, "re");
	int rc;

	if (!in)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %m",
				 s->path);
	rc = seqtext_read(&s->sequence, in, s->path, err);
	fclose(in);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse, .args_doc = "S", .doc = doc};
	struct standin s = {.path = NULL};
	struct error err = {0};
	int rc;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &s);
	rc = read_sequence(&s, &err);
	if (!rc) {
		s.backend = backend_user.open(LIVE_MAX_BLOCKS, &err);
		rc = s.backend ? serve(&s, &err) : -1;
	}
	if (s.backend)
		backend_user.close(s.backend);
	sequence_free(&s.sequence);
	if (rc)
		fprintf(stderr, "standin: %s\n", err.text);
	return rc ? err.code : EXIT_DONE;
}
