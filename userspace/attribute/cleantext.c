// SPDX-License-Identifier: GPL-2.0
#include "cleantext.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

char *cleantext(const char *text)
{
	/* The library refuses what isn't UTF-8. */
	json_t *valid = json_string(text);
	char *clean = strdup(text), *c;

	for (c = clean; c && *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f ||
		    (!valid && (unsigned char)*c >= 0x80))
			*c = '?';
	}
	json_decref(valid);
	return clean;
}

void cleantext_xml(FILE *f, const char *text)
{
	char *clean = cleantext(text);
	const char *c;

	for (c = clean; c && *c; c++) {
		switch (*c) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*c, f);
			break;
		}
	}
	free(clean);
}
