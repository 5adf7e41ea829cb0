// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <stdio.h>

#include "backend.h"
#include "measure.h"
#include "seqtext.h"
#include "serve.h"

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
	if (backend_user.run(s->backend, run, err))
		return -1;
	return run->produced == m ? 0
				  : error_set(err, EXIT_IMPOSSIBLE,
					      "%s: %u samples instead of %u",
					      s->path, run->produced, m);
}

static int fail(const struct error *err)
{
	fprintf(stderr, "standin: %s\n", err->text);
	return err->code;
}

static int take_blocks(void *context, uint32_t n, uint32_t m, uint64_t *ticks)
{
	struct error err = {0};
	struct backend_run run;
	uint32_t i;

	if (take(context, n, m, &run, &err))
		return fail(&err);
	for (i = 0; i < m; i++)
		ticks[i] = run.data[i].ticks;
	return EXIT_DONE;
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
	const struct serve_calls calls = {
		.name = "standin",
		.context = &s,
		.take = take_blocks,
	};
	struct error err = {0};
	int code;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &s);
	if (!read_sequence(&s, &err))
		s.backend = backend_user.open(SERVE_MAX_BLOCKS, &err);
	code = s.backend ? serve(&calls) : fail(&err);
	if (s.backend)
		backend_user.close(s.backend);
	sequence_free(&s.sequence);
	return code;
}
