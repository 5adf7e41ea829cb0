/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_RESERVOIR_H
#define SWC_LIB_RESERVOIR_H

#include <gsl/gsl_rng.h>
#include <stddef.h>

/*
 * Values of which there may be too many to keep: all of them, or so many drawn
 * from them, each with the same probability (Vitter's algorithm R, ACM TOMS 11,
 * 1985).
 */
struct reservoir {
	double *values;
	size_t drawn; /* how many were offered */
};

/* reservoir_init() - an empty one. Return: 0, or -1: no memory. */
int reservoir_init(struct reservoir *r);
void reservoir_free(struct reservoir *r);

/* reservoir_draw() - let a value take part. */
void reservoir_draw(struct reservoir *r, gsl_rng *rng, double value);

/* reservoir_quantile() - at @q, from 0 to 1. NAN: there are none, or no memory. */
double reservoir_quantile(const struct reservoir *r, double q);

#endif
