// SPDX-License-Identifier: GPL-2.0
#include "tscstep.h"

#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/param.h>

/*
 * The spectrum has eight frequencies for each that the longest difference resolves,
 * so that none is lost between two.
 */
#define PADDING 4u
#define BINS	(PADDING * TSCSTEP_SPAN)

/*
 * From this mean of the cosines on they agree. Rounding and a tick more in one of
 * twenty readings leave 0.97 of a step of 24.5, 0.65 of one of 3.4; without a step 200
 * differences come to 0.2 by chance.
 */
#define COHERENT 0.6

/* The fewest differences that say anything. */
#define ENOUGH 200u

/* A step so near to a whole number is that number, plus so much of itself. */
#define WHOLE	 0.02
#define RELATIVE 2e-4

#define READINGS 2000u

/* The longest delays between readings here, loops of an addition and of a product. */
#define ADDITIONS 1200u
#define PRODUCTS  400u

struct histogram {
	double bins[BINS]; /* by difference; then by frequency, gsl's order */
	unsigned int n;
	unsigned int longest, shortest; /* but for a twentieth at each end */
};

/* The difference below which a share of all lies. */
static unsigned int quantile(const struct histogram *h, double share)
{
	double below = 0;
	unsigned int d;

	for (d = 0; d < TSCSTEP_SPAN - 1; d++) {
		below += h->bins[d];
		if (below > share * h->n)
			break;
	}
	return d;
}

static void count(struct histogram *h, const uint64_t *readings, unsigned int n)
{
	unsigned int i;

	for (i = 1; i < n; i++) {
		if (readings[i] - readings[i - 1] >= TSCSTEP_SPAN)
			continue;
		h->bins[readings[i] - readings[i - 1]]++;
		h->n++;
	}
	h->shortest = quantile(h, 0.05);
	h->longest = quantile(h, 0.95);
}

/* The mean cosine of frequency @k / BINS: the real parts come first. */
static double coherence(const struct histogram *h, unsigned int k)
{
	return h->bins[k] / h->n;
}

/* The period of the peak about frequency @k, by the parabola through its top. */
static double period_at(const struct histogram *h, unsigned int k)
{
	double before, at, after;

	while (k + 1 < BINS / 2 && coherence(h, k + 1) > coherence(h, k))
		k++;
	before = coherence(h, k - 1);
	at = coherence(h, k);
	after = coherence(h, k + 1);
	return BINS / (k + (before - after) / (2 * (before - 2 * at + after)));
}

static bool is_whole(double step)
{
	return fabs(step - round(step)) < WHOLE + RELATIVE * step;
}

static double find(const struct histogram *h)
{
	double most = MIN(TSCSTEP_MAX, (h->longest - h->shortest) / 2.0);
	unsigned int k;
	double step;

	for (k = ceil(BINS / most); k < BINS / 2; k++) {
		if (coherence(h, k) < COHERENT)
			continue;
		step = period_at(h, k);
		return is_whole(step) ? round(step) : step;
	}
	return 1;
}

double tscstep_of(const uint64_t *readings, unsigned int n)
{
	struct histogram *h = calloc(1, sizeof(*h));
	double step = 1;

	if (!h)
		return step;
	count(h, readings, n);
	if (h->n >= ENOUGH && h->longest - h->shortest >= 4) {
		gsl_fft_real_radix2_transform(h->bins, 1, BINS);
		step = find(h);
	}
	free(h);
	return step;
}

/*
 * Waits any number of core cycles: if all delays were multiples of the same few
 * cycles, these would look like the step.
 */
static void wait(unsigned int additions, unsigned int products)
{
	unsigned long product = 3;

	asm volatile("1:	dec	%0\n\t"
		     "jnz	1b"
		     : "+r"(additions)
		     :
		     : "cc");
	asm volatile("1:	imul	%1, %1\n\t"
		     "dec	%0\n\t"
		     "jnz	1b"
		     : "+r"(products), "+r"(product)
		     :
		     : "cc");
}

double tscstep_here(void)
{
	uint64_t readings[READINGS];
	unsigned int i;

	for (i = 0; i < READINGS; i++) {
		/*
		 * The delays go in turns that share no factor with the numbers
		 * of readings.
		 */
		wait(1 + i * 367 % ADDITIONS, 1 + i * 149 % PRODUCTS);
		readings[i] = __builtin_ia32_rdtsc();
	}
	return tscstep_of(readings, READINGS);
}
