/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_MODELLING_H
#define SWC_MODEL_MODELLING_H

#include "geometry.h"
#include "predict.h"
#include "sequence.h"
#include "trace.h"

/* A model of a machine, and what it predicts for sequences and recorded calls. */

struct modelling_options {
	const char
		*file; /* NULL: the geometry is what is known of this machine */
	enum geometry_policy policy;
};

struct modelling {
	const struct modelling_options *options;
	struct geometry geometry;
	struct model model;
};

/*
 * modelling_geometry() - the geometry that the model is built from: a file's, or
 * that of @cpu (-1: the last allowed) as measured or as CPUID reports it. Return:
 * 0, or -1 with @err set.
 */
int modelling_geometry(struct geometry *geometry,
		       const struct modelling_options *options, int cpu,
		       struct error *err);

/**
 * modelling_begin() - build a model
 * @m: filled; modelling_end() it after success
 * @options: the policy, and which file @geometry is of; must outlive @m
 * @geometry: what it is built from
 * @err: set on failure
 */
int modelling_begin(struct modelling *m,
		    const struct modelling_options *options,
		    const struct geometry *geometry, struct error *err);
void modelling_end(struct modelling *m);

/**
 * struct prediction - of one sequence, or one recorded call
 * @counts: of one replay
 * @ops: operations or instructions
 * @ops_of_code: of these, so many name the line of code that they are in
 * @recorded: the recording itself was followed, not its lowering
 */
struct prediction {
	struct model_counts counts;
	size_t ops;
	size_t ops_of_code;
	bool recorded;
};

/* modelling_sequence() - predict for a sequence, placed as a backend would. */
int modelling_sequence(struct modelling *m, const struct sequence *s,
		       const struct swc_state *state, struct prediction *p,
		       struct error *err);

/* modelling_trace() - predict for a recorded call, at the recorded addresses. */
int modelling_trace(struct modelling *m, const struct trace *trace,
		    const struct trace_variant *variant, struct prediction *p,
		    struct error *err);

#endif
