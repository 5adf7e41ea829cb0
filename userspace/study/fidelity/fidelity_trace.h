/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_FIDELITY_FIDELITY_TRACE_H
#define SWC_FIDELITY_FIDELITY_TRACE_H

#include "fidelity.h"
#include "trace.h"

/**
 * struct fidelity_trace - a trace whose call is held against its replay
 * @options: that of the caller, and what the trace says: command, states, variants
 * @variants: of the call
 * @sequences: lowered of them
 * @n: how many
 * @scenario: of goprobe's, that can be called at will
 * @live: the words of --live, or of goprobe's command
 */
struct fidelity_trace {
	struct fidelity_options options;
	struct fidelity_variant variants[FIDELITY_MAX_VARIANTS];
	struct sequence sequences[FIDELITY_MAX_VARIANTS];
	size_t n;
	char scenario[64];
	struct live_command live;
};

/**
 * fidelity_trace_open() - get ready
 * @t: filled; fidelity_trace_close() it in any case
 * @trace: of one of goprobe's scenarios, recorded of @options->program, or of the program
 *	of @options->live; NULL: there is none
 * @sequence: is replayed where there is no trace; @options->live is needed then
 * @options: where and how long; 0 processes: as many as fit: one where calls are cold,
 *	or where the trace comes from standard input, which can be read but once
 * @plant: dependent additions to be appended to each replay, to see the ratio move
 * @err: set on failure: of another program, or of none of goprobe's scenarios
 */
int fidelity_trace_open(struct fidelity_trace *t, const struct trace *trace,
			struct sequence *sequence,
			const struct fidelity_options *options, uint32_t plant,
			struct error *err);

/* fidelity_trace_measure() - Return: 0, also if @f isn't valid; or -1 with @err set. */
int fidelity_trace_measure(const struct fidelity_trace *t, struct fidelity *f,
			   struct error *err);
void fidelity_trace_close(struct fidelity_trace *t);

#endif
