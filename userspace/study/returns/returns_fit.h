/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RETURNS_RETURNS_FIT_H
#define SWC_RETURNS_RETURNS_FIT_H

#include <stddef.h>

/* Two straight lines through points whose x ascend, by least squares. */
struct returns_lines {
	double bend;   /* x where the first ends */
	double before; /* slopes */
	double beyond;
};

/*
 * returns_fit_bend() - two lines that meet, anywhere between the second point and
 * the last but one. Return: 0, or -1: fewer than 5 points, or not determined.
 */
int returns_fit_bend(const double *x, const double *y, size_t n,
		     struct returns_lines *lines);

/*
 * returns_fit_jump() - two lines that needn't meet, at least three points each;
 * the bend is the first one's last x. Return: 0, or -1: fewer than 6 points, or
 * not determined.
 */
int returns_fit_jump(const double *x, const double *y, size_t n,
		     struct returns_lines *lines);

#endif
