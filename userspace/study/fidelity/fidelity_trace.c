// SPDX-License-Identifier: GPL-2.0
#include "fidelity_trace.h"

#include <string.h>

#include "filehash.h"
#include "lower.h"

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

/* Is @program what was recorded? */
static int check_program(const struct trace *trace, const char *program,
			 struct error *err)
{
	char recorded[FILEHASH_BYTES + 1], found[FILEHASH_BYTES];

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
		"it again, or name that program (--goprobe)",
		trace->path, program);
}

int fidelity_trace_open(struct fidelity_trace *t, const struct trace *trace,
			const struct fidelity_options *options, uint32_t plant,
			struct error *err)
{
	*t = (struct fidelity_trace){.options = *options};
	if (!trace_meta(trace, "scenario", t->scenario, sizeof(t->scenario)))
		return error_set(err, EXIT_USAGE,
				 "%s: not of one of goprobe's scenarios, which "
				 "alone can be called at will: record one",
				 trace->path);
	t->options.scenario = t->scenario;
	if (trace_meta(trace, "cold", t->cold, sizeof(t->cold)))
		t->options.states = t->cold;
	if (!t->options.processes)
		t->options.processes = t->options.states ||
						       !strcmp(trace->path, "-")
					       ? 1
					       : FIDELITY_PROCESSES;
	if (check_program(trace, options->program, err) ||
	    lower_all(t, trace, plant, err))
		return -1;
	t->options.variants = t->variants;
	t->options.nvariants = t->n;
	return 0;
}

int fidelity_trace_measure(const struct fidelity_trace *t, struct fidelity *f,
			   struct error *err)
{
	if (t->options.states)
		return fidelity_measure_cold(&t->options, f, err);
	return fidelity_measure(&t->options, f, err);
}

void fidelity_trace_close(struct fidelity_trace *t)
{
	while (t->n)
		sequence_free(&t->sequences[--t->n]);
}
