/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CHAINLINE_H
#define SWC_LIB_CHAINLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "sequence.h"

/*
 * Chains of known length go through the whole instrument: what they take lies on a line
 * whose slope is 1, or the instrument isn't right.
 */

/*
 * The instrument promises these, core cycles and a ratio; and where a chain's end shows
 * the slot that it lies in, so much more, which is in each interval.
 */
#define CHAINLINE_RMS	0.25
#define CHAINLINE_SLOPE 0.01

/**
 * struct chainline - the line through some chains
 * @slope: core cycles of an addition
 * @rms: how far chains lie off it, core cycles
 */
struct chainline {
	double slope;
	double rms;
};

/* chainline_fit() - @cycles of chains of @length; each one's @residual is filled. */
struct chainline chainline_fit(const double *length, const double *cycles,
			       double *residual, size_t n);

/* chainline_allowed() - rms, where a chain's end moves by @slot core cycles. */
double chainline_allowed(double slot);

/* chainline_passes() - is the instrument right? */
bool chainline_passes(const struct chainline *line, double slot);

/* chainline_sequence() - so many dependent additions; of 0, nothing. Return: 0, or -1. */
int chainline_sequence(struct sequence *s, unsigned int length,
		       struct error *err);

#endif
