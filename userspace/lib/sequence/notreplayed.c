// SPDX-License-Identifier: GPL-2.0
#include "notreplayed.h"

#include <stdio.h>
#include <string.h>

static const char *const words[NOTREPLAYED_KINDS] = {
	[NOTREPLAYED_SYSCALL] = "system call",
	[NOTREPLAYED_SERIALISING] = "serialising instruction",
	[NOTREPLAYED_TIME] = "time stamp read",
	[NOTREPLAYED_RANDOM] = "random number read",
	[NOTREPLAYED_X87] = "x87 environment operation",
	[NOTREPLAYED_MXCSR] = "MXCSR operation",
	[NOTREPLAYED_FUNCTION] = "microcoded x87 function",
	[NOTREPLAYED_REGISTER] = "control or status register operation",
	[NOTREPLAYED_STRING] = "repeated string operation",
	[NOTREPLAYED_LOCK] = "misaligned locked operation",
	[NOTREPLAYED_STATE] = "processor state restore",
	[NOTREPLAYED_FLUSH] = "cache line flush",
	[NOTREPLAYED_PREFETCH] = "prefetch hint",
	[NOTREPLAYED_OTHER] = "other instruction",
};

const char *notreplayed_what(enum notreplayed_kind kind)
{
	return words[kind];
}

int notreplayed_find(const char *what)
{
	int kind;

	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++) {
		if (!strcmp(words[kind], what))
			return kind;
	}
	return -1;
}

bool notreplayed_any(const struct notreplayed *n)
{
	enum notreplayed_kind kind;

	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++) {
		if (n->count[kind])
			return true;
	}
	return false;
}

void notreplayed_most(struct notreplayed *n, const struct notreplayed *other)
{
	enum notreplayed_kind kind;

	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++) {
		if (n->count[kind] < other->count[kind])
			n->count[kind] = other->count[kind];
	}
}

/* A plural: calls, flushes. */
static const char *ending(enum notreplayed_kind kind, size_t count)
{
	size_t length = strlen(words[kind]);

	if (count == 1)
		return "";
	return words[kind][length - 1] == 'h' ? "es" : "s";
}

const char *notreplayed_text(const struct notreplayed *n, char *buffer,
			     size_t bytes)
{
	const char *separator = "";
	enum notreplayed_kind kind;
	size_t used = 0;

	buffer[0] = '\0';
	for (kind = 0; kind < NOTREPLAYED_KINDS && used < bytes; kind++) {
		if (!n->count[kind])
			continue;
		used += snprintf(buffer + used, bytes - used, "%s%zu %s%s",
				 separator, n->count[kind], words[kind],
				 ending(kind, n->count[kind]));
		separator = ", ";
	}
	return buffer;
}
