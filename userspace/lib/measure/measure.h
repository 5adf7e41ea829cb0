/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_MEASURE_H
#define SWC_LIB_MEASURE_H

#include "measurement.h"
#include "replays.h"

/**
 * measure() - replay sequences and their controls, interleaved, and estimate
 * @subjects: what to measure, all in one run
 * @n: how many, at least 1
 * @options: where and how long
 * @m: filled; measurement_free() it after success
 * @err: set on failure
 *
 * Each run tests itself; one that fails, or that ran on an emulated CPU, is not
 * valid. Return: 0, also if the measurement isn't valid; or -1 with @err set.
 */
int measure(const struct measure_subject *subjects, size_t n,
	    const struct measure_options *options, struct measurement *m,
	    struct error *err);

/*
 * A run whose self-test fails says nothing about the sequences. It is done again, so
 * many times in all.
 */
#define MEASURE_TRIES 3u

/*
 * measure_again() - likewise, and again if a run refuses itself. Return: how many
 * runs it took, or -1 with @err set.
 */
int measure_again(const struct measure_subject *subjects, size_t n,
		  const struct measure_options *options, struct measurement *m,
		  struct error *err);

/**
 * struct measure_sums - what a run's estimates are made of
 * @narms: of the run, loops included
 * @nblocks: rounds, or processes, or some neighbouring rounds
 * @by_process: a block is a process
 * @cells: [block * narms + arm]
 * @kept: [arm], samples
 * @iterations: of each subject's loop in a sample; NULL: there are no loops
 */
struct measure_sums {
	unsigned int narms;
	size_t nblocks;
	bool by_process;
	const struct cell *cells;
	const size_t *kept;
	const uint32_t *iterations;
};

/**
 * measure_from_sums() - estimate again what a run has measured, elsewhere perhaps
 * @subjects: what was measured
 * @n: how many
 * @ring0: by the kernel backend
 * @sums: of the run
 * @m: filled but for what isn't made of these: quantiles, levels, the machine, validity;
 *	measurement_free() it after success
 * @err: set on failure: EXIT_CHECK_FAILED if such a run has other arms
 *
 * The same sums give the same estimates, to the last bit but for the compiler's.
 * Return: 0, or -1 with @err set.
 */
int measure_from_sums(const struct measure_subject *subjects, size_t n,
		      bool ring0, const struct measure_sums *sums,
		      struct measurement *m, struct error *err);

/* measure_default_cpu() - the last that the process may use. */
int measure_default_cpu(void);

#endif
