// SPDX-License-Identifier: GPL-2.0
#include "nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int nearest_distance(const char *a, const char *b)
{
	size_t na = strnlen(a, NEAREST_BYTES), nb = strnlen(b, NEAREST_BYTES);
	unsigned int row[NEAREST_BYTES + 1], above, left, diagonal;
	size_t i, j;

	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			above = row[j] + 1;
			left = row[j - 1] + 1;
			diagonal += tolower((unsigned char)a[i - 1]) !=
				    tolower((unsigned char)b[j - 1]);
			left = min(min(above, left), diagonal);
			diagonal = row[j];
			row[j] = left;
		}
	}
	return row[nb];
}

/*
 * A name with more than half of its letters wrong is no misspelling; one with
 * two letters exchanged is.
 */
static unsigned int limit(const char *wanted)
{
	return (strlen(wanted) + 1) / 2;
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	unsigned int distance = nearest_distance(nearest->wanted, name), at;

	if (distance > limit(nearest->wanted))
		return;
	for (at = nearest->n; at && distance < nearest->best[at - 1].distance;
	     at--) {
		if (at < NEAREST_NAMES)
			nearest->best[at] = nearest->best[at - 1];
	}
	if (at == NEAREST_NAMES)
		return;
	snprintf(nearest->best[at].name, NEAREST_BYTES, "%s", name);
	nearest->best[at].distance = distance;
	if (nearest->n < NEAREST_NAMES)
		nearest->n++;
}

void nearest_print(const struct nearest *nearest, char *text, size_t bytes)
{
	size_t used = 0;
	unsigned int i;

	*text = '\0';
	for (i = 0; i < nearest->n && used < bytes; i++)
		used += snprintf(text + used, bytes - used, "%s%s",
				 i ? ", " : "; did you mean ",
				 nearest->best[i].name);
	if (nearest->n && used < bytes)
		snprintf(text + used, bytes - used, "?");
}
