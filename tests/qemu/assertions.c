// SPDX-License-Identifier: GPL-2.0
#include "assertions.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DEPTH 4u

static jmp_buf caught[DEPTH];
static unsigned int depth;
static char text[160];

jmp_buf *assertions_push(void)
{
	if (depth == DEPTH)
		abort();
	return &caught[depth++];
}

void assertions_leave(void)
{
	depth--;
}

const char *assertions_text(void)
{
	return text;
}

/* In place of cmocka's, which aren't linked; the second is fail_msg()'s since 1.1.6. */

void cm_print_error(const char *const format, ...);

#define KEEP(format)                                       \
	do {                                               \
		va_list ap;                                \
		va_start(ap, format);                      \
		vsnprintf(text, sizeof(text), format, ap); \
		va_end(ap);                                \
	} while (0)

void print_error(const char *const format, ...)
{
	KEEP(format);
}

void cm_print_error(const char *const format, ...)
{
	KEEP(format);
}

void _fail(const char *const file, const int line)
{
	(void)file;
	(void)line;
	if (!depth)
		abort();
	longjmp(caught[depth - 1], 1);
}

void _assert_true(const LargestIntegralType result,
		  const char *const expression, const char *const file,
		  const int line)
{
	if (result)
		return;
	snprintf(text, sizeof(text), "%s:%d: %s", file, line, expression);
	_fail(file, line);
}

void _assert_int_equal(const LargestIntegralType a, const LargestIntegralType b,
		       const char *const file, const int line)
{
	if (a == b)
		return;
	snprintf(text, sizeof(text), "%s:%d: %#jx != %#jx", file, line,
		 (uintmax_t)a, (uintmax_t)b);
	_fail(file, line);
}
