// SPDX-License-Identifier: GPL-2.0
#include "fidelity_trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "filehash.h"
#include "goimage.h"
#include "lower.h"
#include "programpath.h"

/* Make the replay longer by a known time. */
static int plant_chain(struct sequence *s, uint32_t length, struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_CHAIN);

	op.dst = SWC_REG_RAX;
	op.imm = length;
	return length ? sequence_append(s, &op, (struct sequence_note){0}, err)
		      : 0;
}

static int lower_all(struct fidelity_trace *l, const struct trace *trace,
		     uint32_t plant, struct error *err)
{
	struct lowering lowering;
	struct swc_caps caps;

	swc_caps_probe(&caps);
	for (l->n = 0; l->n < trace->nvariants && l->n < FIDELITY_MAX_VARIANTS;
	     l->n++) {
		if (lower_variant(trace, &trace->variants[l->n], &caps,
				  &l->sequences[l->n], &lowering, err))
			return -1;
		l->variants[l->n] = (struct fidelity_variant){
			.sequence = &l->sequences[l->n],
			.count = trace->variants[l->n].count,
			.index = l->n,
		};
		if (plant_chain(&l->sequences[l->n], plant, err)) {
			l->n++;
			return -1;
		}
	}
	return 0;
}

/* Has the Go that built what was recorded built @program, too? */
static int check_go(const struct trace *trace, const char *program,
		    struct error *err)
{
	char recorded[sizeof((struct goimage){0}.version)] = "";
	struct goimage image = {.fd = -1};
	int fd = open(program, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %m",
				 program);
	rc = goimage_begin(&image, fd, program, err);
	trace_meta(trace, "go", recorded, sizeof(recorded));
	if (!rc && strcmp(recorded, image.version))
		rc = error_set(err, EXIT_USAGE,
			       "%s: of %s, but %s is of %s: build it by the "
			       "recorded version (GOTOOLCHAIN)",
			       trace->path, *recorded ? recorded : "no Go",
			       program, image.version);
	goimage_close(&image);
	return rc;
}

/* Is @program what was recorded? */
static int check_program(const struct trace *trace, const char *program,
			 bool another_build, struct error *err)
{
	char recorded[FILEHASH_BYTES + 1], found[FILEHASH_BYTES];
	char path[PATH_MAX];

	program = program_path(program, path);
	if (another_build)
		return check_go(trace, program, err);
	if (!trace_meta(trace, "program_hash", recorded, sizeof(recorded)))
		return error_set(err, EXIT_USAGE,
				 "%s: doesn't say which program it is of: "
				 "record it again",
				 trace->path);
	if (file_hash(program, found, err))
		return -1;
	if (!strcmp(recorded, found))
		return 0;
	return error_set(
		err, EXIT_USAGE,
		"%s: was recorded from another program than %s: record "
		"it again, name that program (--goprobe, --live), or allow "
		"another one of the same Go (--another-build)",
		trace->path, program);
}

static int find_command(struct fidelity_trace *t, const struct trace *trace,
			struct error *err)
{
	const struct fidelity_options *o = &t->options;

	t->options.command = t->live.words;
	if (o->live)
		return live_command(&t->live, o->live, "--live", err);
	if (!trace_meta(trace, "scenario", t->scenario, sizeof(t->scenario)))
		return error_set(err, EXIT_USAGE,
				 "%s: not of one of goprobe's scenarios, which "
				 "alone can be called at will: record one, or "
				 "name what calls it (--live)",
				 trace->path);
	t->live.words[0] = (char *)o->program;
	t->live.words[1] = (char *)"serve";
	t->live.words[2] = t->scenario;
	return 0;
}

static int take_sequence(struct fidelity_trace *t, struct sequence *s,
			 uint32_t plant, struct error *err)
{
	t->variants[0] = (struct fidelity_variant){.sequence = s, .count = 1};
	t->options.nvariants = 1;
	return plant_chain(s, plant, err);
}

/* Those that the recorded program makes cold before each call, unless others are wanted. */
static int take_states(struct fidelity_trace *t, const struct trace *trace,
		       struct error *err)
{
	struct states *states = &t->options.states;
	char text[STATES_TEXT], *word, *save;

	if (states->warm || !states_are_warm(states) ||
	    !trace_meta(trace, "cold", text, sizeof(text)))
		return 0;
	for (word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (states_add(states, word, err))
			return -1;
	}
	return 0;
}

static int take_trace(struct fidelity_trace *t, const struct trace *trace,
		      uint32_t plant, struct error *err)
{
	if (take_states(t, trace, err) ||
	    check_program(trace, t->live.words[0], t->options.another_build,
			  err) ||
	    lower_all(t, trace, plant, err))
		return -1;
	t->options.nvariants = t->n;
	return 0;
}

/* In a state, and be it "warm" by name, calls are made one at a time. */
static bool calls_are_alone(const struct fidelity_options *options)
{
	return options->states.warm || !states_are_warm(&options->states);
}

int fidelity_trace_open(struct fidelity_trace *t, const struct trace *trace,
			struct sequence *sequence,
			const struct fidelity_options *options, uint32_t plant,
			struct error *err)
{
	const char *path = trace ? trace->path : sequence->path;

	*t = (struct fidelity_trace){.options = *options};
	t->options.variants = t->variants;
	if (find_command(t, trace, err) ||
	    (trace ? take_trace(t, trace, plant, err)
		   : take_sequence(t, sequence, plant, err)))
		return -1;
	if (!t->options.processes)
		t->options.processes = calls_are_alone(&t->options) ||
						       !strcmp(path, "-")
					       ? 1
					       : FIDELITY_PROCESSES;
	return 0;
}

int fidelity_trace_measure(const struct fidelity_trace *t, struct fidelity *f,
			   struct error *err)
{
	if (calls_are_alone(&t->options))
		return fidelity_measure_cold(&t->options, f, err);
	return fidelity_measure(&t->options, f, err);
}

void fidelity_trace_close(struct fidelity_trace *t)
{
	while (t->n)
		sequence_free(&t->sequences[--t->n]);
}
