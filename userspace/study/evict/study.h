/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_STUDY_H
#define SWC_EVICT_STUDY_H

#include "level.h"
#include "machine.h"
#include "predicted.h"

/**
 * struct study_options - what is asked of a sequence
 * @levels: by enum eviction_level: is it asked for?
 * @l2_share: share of L2's lines that are victims
 * @working: victims are the data of this working set; NULL: they are synthetic
 * @model: the caches and TLBs that the model is of
 * @policy: its replacement
 * @ring: where trials are carried out
 * @cpu: on which CPU
 * @seconds: for all levels together
 * @samples: trials of each victim with the sequence that are aimed at
 * @tsc_step: as in struct swc_sampler; 0 outside of tests
 */
struct study_options {
	bool levels[EVICTION_LEVELS];
	double l2_share;
	const struct workingset *working;
	const struct geometry *model;
	enum geometry_policy policy;
	const struct round_ring *ring;
	uint32_t cpu;
	double seconds;
	uint32_t samples;
	uint32_t tsc_step;
};

/*
 * Sampling all levels, seconds, unless asked otherwise. Time that a level leaves
 * goes to those after it; if loads say little each, L1d takes most of it.
 */
#define STUDY_SECONDS 12.0

/* All levels, unless asked otherwise. */
#define STUDY_DEFAULTS                              \
	{                                           \
		.levels = {true, true, true, true}, \
		.l2_share = VICTIMS_L2_SHARE,       \
		.seconds = STUDY_SECONDS,           \
		.samples = LEVEL_SAMPLES,           \
	}

/* Code that the recorded instructions came from, as far as operations say. */
struct study_code {
	size_t lines;
	size_t pages;
	size_t told; /* operations that say */
};

/**
 * struct study - what a sequence evicts from each level asked for
 * @done: by enum eviction_level: was asked for
 * @evictions: measured
 * @predicted: by the model
 * @code: touched by the sequence
 * @machine: where
 * @seconds: of everything
 * @cpu_seconds: likewise, that CPUs worked for it
 * @valid: all levels are
 * @why: if not, why: of the first that isn't
 */
struct study {
	bool done[EVICTION_LEVELS];
	struct evictions evictions[EVICTION_LEVELS];
	struct predicted predicted[EVICTION_LEVELS];
	struct study_code code;
	struct machine machine;
	double seconds;
	double cpu_seconds;
	bool valid;
	char why[256];
};

/**
 * study_run() - one experiment for each level, and what the model says of it
 * @s: the sequence
 * @options: what is asked
 * @study: filled; study_free() it after success
 * @err: set on failure
 *
 * Return: 0, also if the result isn't valid, or -1.
 */
int study_run(const struct sequence *s, const struct study_options *options,
	      struct study *study, struct error *err);
void study_free(struct study *study);

/* study_is_valid() - may the figures of a level be read? */
bool study_is_valid(const struct study *study, enum eviction_level level);

/*
 * study_agreement() - victims for which the model's figure lies in the measured
 * interval.
 */
size_t study_agreement(const struct study *study, enum eviction_level level);

#endif
