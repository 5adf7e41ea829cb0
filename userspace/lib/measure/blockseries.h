/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_BLOCKSERIES_H
#define SWC_LIB_BLOCKSERIES_H

#include <stdbool.h>

#include "estimate.h"

/*
 * A series is a figure in each block of a run, where others shall be able to make the same
 * estimate of it. There are hundreds of these, so that each value is a whole number of
 * units and takes one character, if it lies near the others. A unit is so much less than
 * blocks differ by that rounding adds a thousandth to their variance; where they hardly
 * differ it is BLOCK_SERIES_UNIT, less than what any interval allows for
 * (SYSTEMATIC_CYCLES).
 */

#define BLOCK_SERIES_UNIT 0.03125 /* core cycles */

/**
 * struct block_series - one
 * @n: blocks
 * @doublings: a unit is BLOCK_SERIES_UNIT doubled so often
 * @values: core cycles; NAN: too few samples in that block
 */
struct block_series {
	size_t n;
	int doublings;
	double values[ROUNDS_MAX_BLOCKS];
};

/* block_series_round() - find its unit, and make whole ones of all values. */
void block_series_round(struct block_series *s);

/* block_series_estimate() - estimate_by_block() of it. */
struct estimate block_series_estimate(const struct block_series *s,
				      double level);

/* Enough for all values that are far from the others, and the terminator. */
#define BLOCK_SERIES_BYTES (6 * (ROUNDS_MAX_BLOCKS + 1) + 2)

/*
 * block_series_text() - a rounded one: its unit, its median as six characters, then each
 * value less that. Return: @text.
 */
const char *block_series_text(const struct block_series *s,
			      char text[BLOCK_SERIES_BYTES]);

/* block_series_read() - Return: is @text one? */
bool block_series_read(struct block_series *s, const char *text);

#endif
