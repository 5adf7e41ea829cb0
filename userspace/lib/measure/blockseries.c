// SPDX-License-Identifier: GPL-2.0
#include "blockseries.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/*
 * Digits are the characters that JSON writes as they are, but for those that say that there
 * is no value, or that it takes several digits. So many values are small, medium, wide.
 */
#define NONE   '!'
#define MEDIUM '}'
#define WIDE   '~'
#define BASE   89

#define MEDIUM_DIGITS 2u
#define WIDE_DIGITS   5u

/* So many units are in the middle half of all values, or up to twice as many. */
#define UNITS_IN_HALF  10
#define MOST_DOUBLINGS 40

static const char digits[] = "#$%&'()*+,-./0123456789:;<=>?@"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`"
			     "abcdefghijklmnopqrstuvwxyz{|";

_Static_assert(sizeof(digits) == BASE + 1, "a digit is one of these");

/* Values from -span_of(n) to span_of(n) have @n digits. */
static int64_t span_of(unsigned int n)
{
	int64_t all = 1;

	while (n--)
		all *= BASE;
	return all / 2;
}

static char *put_digits(char *text, int64_t value, unsigned int n)
{
	unsigned int i;

	value += span_of(n);
	for (i = n; i; i--) {
		text[i - 1] = digits[value % BASE];
		value /= BASE;
	}
	return text + n;
}

static char *put_wide(char *text, int64_t value)
{
	*text++ = WIDE;
	return put_digits(text, value, WIDE_DIGITS);
}

static char *put_value(char *text, int64_t value)
{
	int64_t far = value < 0 ? -value : value;

	if (far <= span_of(1))
		return put_digits(text, value, 1);
	if (far > span_of(MEDIUM_DIGITS))
		return put_wide(text, value);
	*text++ = MEDIUM;
	return put_digits(text, value, MEDIUM_DIGITS);
}

/* Those that are there, in order. Return: how many. */
static size_t sort_values(const struct block_series *s,
			  double sorted[ROUNDS_MAX_BLOCKS])
{
	size_t n = 0, i;

	for (i = 0; i < s->n; i++) {
		if (isfinite(s->values[i]))
			sorted[n++] = s->values[i];
	}
	gsl_sort(sorted, 1, n);
	return n;
}

/* One that lies far off, as after an interrupt, leaves these two as they are. */
static double median_of(const struct block_series *s)
{
	double sorted[ROUNDS_MAX_BLOCKS];
	size_t n = sort_values(s, sorted);

	return n ? sorted[n / 2] : 0;
}

/* How far the middle half reaches: for normal values 1.35 standard deviations. */
static double middle_half(const struct block_series *s)
{
	double sorted[ROUNDS_MAX_BLOCKS];
	size_t n = sort_values(s, sorted);

	return n ? sorted[3 * n / 4] - sorted[n / 4] : 0;
}

static double unit_of(const struct block_series *s)
{
	return ldexp(BLOCK_SERIES_UNIT, s->doublings);
}

void block_series_round(struct block_series *s)
{
	/* Texts have no more. */
	const double most = (double)span_of(WIDE_DIGITS) / 2;
	double half = middle_half(s), units;
	size_t i;

	s->doublings = 0;
	while (s->doublings < MOST_DOUBLINGS &&
	       2 * UNITS_IN_HALF * unit_of(s) < half)
		s->doublings++;
	for (i = 0; i < s->n; i++) {
		units = rint(s->values[i] / unit_of(s));
		s->values[i] = fabs(units) < most ? units * unit_of(s) : NAN;
	}
}

struct estimate block_series_estimate(const struct block_series *s,
				      double level)
{
	double values[ROUNDS_MAX_BLOCKS];

	memcpy(values, s->values, s->n * sizeof(*values));
	return estimate_by_block(values, s->n, level);
}

static int64_t units_of(const struct block_series *s, double cycles)
{
	return (int64_t)rint(cycles / unit_of(s));
}

const char *block_series_text(const struct block_series *s,
			      char text[BLOCK_SERIES_BYTES])
{
	int64_t median = units_of(s, median_of(s));
	char *to = put_wide(put_digits(text, s->doublings, 1), median);
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (isfinite(s->values[i]))
			to = put_value(to, units_of(s, s->values[i]) - median);
		else
			*to++ = NONE;
	}
	*to = '\0';
	return text;
}

/* Return: behind the digits, or NULL: they aren't so many. */
static const char *get_digits(const char *text, unsigned int n, int64_t *value)
{
	const char *digit;
	unsigned int i;

	*value = 0;
	for (i = 0; i < n; i++) {
		digit = *text ? strchr(digits, *text++) : NULL;
		if (!digit)
			return NULL;
		*value = *value * BASE + (digit - digits);
	}
	*value -= span_of(n);
	return text;
}

static const char *get_value(const char *text, int64_t *value)
{
	if (*text == WIDE)
		return get_digits(text + 1, WIDE_DIGITS, value);
	if (*text == MEDIUM)
		return get_digits(text + 1, MEDIUM_DIGITS, value);
	return get_digits(text, 1, value);
}

bool block_series_read(struct block_series *s, const char *text)
{
	int64_t doublings = -1, median, value;

	s->n = 0;
	text = text ? get_digits(text, 1, &doublings) : NULL;
	if (doublings < 0 || doublings > MOST_DOUBLINGS)
		return false;
	s->doublings = (int)doublings;
	text = text && *text == WIDE ? get_value(text, &median) : NULL;
	while (text && *text && s->n < ROUNDS_MAX_BLOCKS) {
		if (*text == NONE) {
			s->values[s->n++] = NAN;
			text++;
			continue;
		}
		text = get_value(text, &value);
		s->values[s->n++] = (double)(median + value) * unit_of(s);
	}
	return text && !*text;
}
