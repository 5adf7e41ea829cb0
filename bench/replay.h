/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_REPLAY_H
#define SWC_BENCH_REPLAY_H

#include <stdint.h>

#include "error.h"
#include "stats.h"

/*
 * Only this place knows how switchcost is called. A sequence is given as the
 * text of a .seq file.
 */

/* Sequences that one call measures; more take several calls. */
#define REPLAY_BATCH 8u

#define REPLAY_NULL "mark null\n"

/**
 * replay_batch() - measure up to REPLAY_BATCH sequences
 * @texts: of the sequences
 * @n: how many
 * @samples: of each
 * @cycles: filled, @n of them: core cycles
 * @seconds: increased by the wall time of the whole call
 * @err: set on failure; EXIT_CHECK_FAILED: the figures are withheld here
 */
int replay_batch(const char *const *texts, unsigned int n, uint32_t samples,
		 struct estimate *cycles, double *seconds, struct error *err);

/* replay_difference() - sequence @a minus sequence @b, measured in one run. */
int replay_difference(const char *a, const char *b, uint32_t samples,
		      struct estimate *cycles, double *seconds,
		      struct error *err);

/* replay_ops() - how many operations a sequence has, as "check" counts them. */
int replay_ops(const char *text, unsigned int *ops, struct error *err);

#endif
