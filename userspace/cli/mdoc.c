// SPDX-License-Identifier: GPL-2.0
#include "mdoc.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 78

static void put(char c)
{
	/* A hyphen is a dash to troff, "\-" is the one that people type. */
	if (c == '\\')
		fputs("\\e", stdout);
	else if (c == '-')
		fputs("\\-", stdout);
	else
		putchar(c);
}

/* A control character at the beginning of a line would make a macro of it. */
static size_t put_word(const char *word, size_t n, size_t column)
{
	size_t i;

	if (column)
		putchar(' ');
	else if (*word == '.' || *word == '\'')
		fputs("\\&", stdout);
	for (i = 0; i < n; i++)
		put(word[i]);
	return column + n + !!column;
}

static bool ends_sentence(const char *word, size_t n)
{
	while (n && strchr(")\"", word[n - 1]))
		n--;
	return n > 1 && strchr(".:?!", word[n - 1]) && word[n - 1] != ':';
}

void mdoc_text(const char *text, size_t n)
{
	const char *end = text + n, *word;
	size_t column = 0, bytes;

	while (text < end) {
		while (text < end && isspace((unsigned char)*text))
			text++;
		for (word = text; text < end && !isspace((unsigned char)*text);)
			text++;
		bytes = text - word;
		if (!bytes)
			break;
		if (column && column + 1 + bytes > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column = put_word(word, bytes, column);
		if (ends_sentence(word, bytes)) {
			putchar('\n');
			column = 0;
		}
	}
	if (column)
		putchar('\n');
}

void mdoc_word(const char *word)
{
	/* These are delimiters where they stand alone; within a word they aren't. */
	for (; *word; word++) {
		if (*word == '|')
			fputs("\\(ba", stdout);
		else if (*word == ' ')
			fputs("\\ ", stdout);
		else
			put(*word);
	}
}
