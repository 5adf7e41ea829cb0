// SPDX-License-Identifier: GPL-2.0
#include "returns_fit.h"

#include <gsl/gsl_fit.h>
#include <math.h>

/* Places tried for the bend, between the second point and the last but one. */
#define PLACES 256

/* Over all points, with u and v as below. */
struct sums {
	double n, u, v, uu, vv, y, uy, vy, yy;
};

/*
 * y = a + b u + c v with u = min(x - bend, 0), v = max(x - bend, 0): u v is 0
 * everywhere, so that the normal equations are solved by hand.
 */
static struct sums sum_up(const double *x, const double *y, size_t n,
			  double bend)
{
	struct sums s = {0};
	double u, v;
	size_t i;

	for (i = 0; i < n; i++) {
		u = fmin(x[i] - bend, 0);
		v = fmax(x[i] - bend, 0);
		s.n++;
		s.u += u;
		s.v += v;
		s.uu += u * u;
		s.vv += v * v;
		s.y += y[i];
		s.uy += u * y[i];
		s.vy += v * y[i];
		s.yy += y[i] * y[i];
	}
	return s;
}

/* Return: the squared residuals, or NAN. */
static double solve(const struct sums *s, double *before, double *beyond)
{
	double det, a;

	if (!s->uu || !s->vv)
		return NAN;
	det = s->n - s->u * s->u / s->uu - s->v * s->v / s->vv;
	a = (s->y - s->u * s->uy / s->uu - s->v * s->vy / s->vv) / det;
	*before = (s->uy - a * s->u) / s->uu;
	*beyond = (s->vy - a * s->v) / s->vv;
	return s->yy - a * s->y - *before * s->uy - *beyond * s->vy;
}

int returns_fit_bend(const double *x, const double *y, size_t n,
		     struct returns_lines *lines)
{
	double least = INFINITY, before, beyond, place, residuals;
	struct sums s;
	int i;

	for (i = 0; n >= 5 && i <= PLACES; i++) {
		place = x[1] + (x[n - 2] - x[1]) * i / PLACES;
		s = sum_up(x, y, n, place);
		residuals = solve(&s, &before, &beyond);
		if (!(residuals < least))
			continue;
		least = residuals;
		*lines = (struct returns_lines){place, before, beyond};
	}
	return isfinite(least) ? 0 : -1;
}

int returns_fit_jump(const double *x, const double *y, size_t n,
		     struct returns_lines *lines)
{
	double least = INFINITY, residuals, c[2], slope[2], v[3], part[2];
	size_t i;

	for (i = 3; n >= 6 && i + 3 <= n; i++) {
		gsl_fit_linear(x, 1, y, 1, i, &c[0], &slope[0], &v[0], &v[1],
			       &v[2], &part[0]);
		gsl_fit_linear(x + i, 1, y + i, 1, n - i, &c[1], &slope[1],
			       &v[0], &v[1], &v[2], &part[1]);
		residuals = part[0] + part[1];
		if (!(residuals < least))
			continue;
		least = residuals;
		*lines = (struct returns_lines){x[i - 1], slope[0], slope[1]};
	}
	return isfinite(least) ? 0 : -1;
}
