// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/layout.h"
#include "engine/readback.h"
#include "input.h"
#include "number.h"

#define MOST_TIMES 1000000

static const char doc[] =
	"How long does it take to read emitted code back, beside emitting it? Each S is "
	"a trace or a sequence; each figure is the shortest of some.";

static const struct argp_option options[] = {
	{"times", 'n', "N", 0, "So often each (default 200)", 0}, {0}};

struct arguments {
	char **paths;
	unsigned int npaths;
	unsigned int times;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'n':
		a->times = number_of(state, "--times", arg, 1, MOST_TIMES);
		return 0;
	case ARGP_KEY_ARGS:
		a->paths = state->argv + state->next;
		a->npaths = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which sequences?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/**
 * struct work - a program, bound, with memory for what is made of it
 * @proof: of the program
 * @binding: where its memory would lie
 * @code: room for the code
 * @emitting: workspace
 * @reading: likewise
 */
struct work {
	struct swc_proof proof;
	struct swc_binding binding;
	struct swc_code code;
	void *emitting;
	void *reading;
};

static bool work_init(struct work *w, __u64 *region)
{
	swc_layout(&w->proof, 0x40000000, region);
	w->binding = (struct swc_binding){
		.region = region,
		.context = 0x40000000,
		.spread = true,
	};
	w->code = (struct swc_code){.bytes = NULL};
	w->emitting = malloc(swc_emit_bytes(&w->proof));
	if (!w->emitting)
		return false;
	w->code.capacity =
		swc_emit(&w->proof, &w->binding, w->emitting, &w->code);
	w->code.bytes = malloc(w->code.capacity);
	w->reading = malloc(swc_readback_bytes(&w->proof, w->code.capacity));
	return w->code.bytes && w->reading;
}

static void work_free(struct work *w)
{
	free(w->reading);
	free(w->code.bytes);
	free(w->emitting);
}

/* Emits or reads back, and returns the ns that it takes; less than 0: refused. */
static double once(struct work *w, bool read)
{
	double start = now_ns();
	__u32 where;

	if (!read)
		swc_emit(&w->proof, &w->binding, w->emitting, &w->code);
	else if (!swc_readback(&w->proof, &w->binding, w->reading,
			       w->code.bytes, w->code.capacity, &where))
		return -1;
	return now_ns() - start;
}

static double shortest(struct work *w, bool read, unsigned int times)
{
	double best = once(w, read), took;

	while (--times && best >= 0) {
		took = once(w, read);
		best = took < best ? took : best;
	}
	return best;
}

static int show(const char *path, unsigned int times, struct error *err)
{
	__u64 region[SWC_MAX_REGIONS];
	struct swc_program program;
	struct swc_error refused;
	struct swc_caps caps;
	double emit, read;
	void *workspace;
	struct input in;
	struct work w;
	int rc = -1;

	swc_caps_probe(&caps);
	if (input_open_sequence(&in, path, 0, err))
		return -1;
	if (!sequence_verify(&in.sequence, &caps, &w.proof, &program,
			     &workspace, &refused, err)) {
		w.code.bytes = w.reading = NULL;
		if (!work_init(&w, region)) {
			error_set(err, EXIT_IMPOSSIBLE, "out of memory");
		} else {
			emit = shortest(&w, false, times) / program.nops;
			read = shortest(&w, true, times) / program.nops;
			printf("%s: %u operations, %u bytes: emitted in %.1f ns "
			       "an operation, read back in %.1f: %.2f of that\n",
			       path, program.nops, w.code.capacity, emit, read,
			       read / emit);
			rc = read < 0 ? error_set(err, 1, "%s: not read back",
						  path)
				      : 0;
		}
		work_free(&w);
		free(workspace);
	}
	input_close(&in);
	return rc;
}

int main(int argc, char **argv)
{
	const struct argp argp = {options, parse, "S...", doc,
				  NULL,	   NULL,  NULL};
	struct arguments a = {.times = 200};
	struct error err = {0};
	unsigned int i;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	for (i = 0; i < a.npaths; i++) {
		if (show(a.paths[i], a.times, &err)) {
			fprintf(stderr, "readback: %s\n", err.text);
			return err.code;
		}
	}
	return 0;
}
