// SPDX-License-Identifier: GPL-2.0
#include "error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * A line quotes its input, which may be binary: "?" stands for each byte that
 * can't be printed.
 */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			*text = '?';
	}
}

int error_set(struct error *err, enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	if (err->text[0])
		return -1;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	make_printable(err->text);
	return -1;
}
