// SPDX-License-Identifier: GPL-2.0
#include "cpulist.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct range {
	unsigned long first, last;
};

/* Return: where the next one begins, or NULL if there is none here. */
static const char *next(const char *p, struct range *r)
{
	char *end;

	if (!isdigit((unsigned char)*p))
		return NULL;
	r->first = r->last = strtoul(p, &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		r->last = strtoul(end + 1, &end, 10);
	return *end == ',' ? end + 1 : end;
}

bool cpulist_has(const char *list, unsigned int cpu)
{
	struct range r;

	while ((list = next(list, &r))) {
		if (cpu >= r.first && cpu <= r.last)
			return true;
	}
	return false;
}

unsigned int cpulist_count(const char *list)
{
	unsigned int n = 0;
	struct range r;

	while ((list = next(list, &r))) {
		if (r.last >= r.first)
			n += r.last - r.first + 1;
	}
	return n;
}

static bool append(char **out, size_t *room, bool first, struct range r)
{
	const char *comma = first ? "" : ",";
	int n;

	if (r.first == r.last)
		n = snprintf(*out, *room, "%s%lu", comma, r.first);
	else
		n = snprintf(*out, *room, "%s%lu-%lu", comma, r.first, r.last);
	if (n < 0 || (size_t)n >= *room)
		return false;
	*out += n;
	*room -= n;
	return true;
}

bool cpulist_without(const char *list, unsigned int cpu, char *out,
		     size_t bytes)
{
	struct range r, left, right;
	bool first = true;

	*out = '\0';
	while ((list = next(list, &r))) {
		left = right = r;
		if (cpu >= r.first && cpu <= r.last) {
			left.last = cpu - 1ul;
			right.first = cpu + 1ul;
			if (cpu > r.first && !append(&out, &bytes, first, left))
				return false;
			first &= cpu <= r.first;
		}
		if (right.first > right.last)
			continue;
		if (!append(&out, &bytes, first, right))
			return false;
		first = false;
	}
	return !first;
}
