/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ERROR_H
#define SWC_LIB_ERROR_H

/*
 * One error, one line: what went wrong, where, and the remedy.
 *
 * Functions that can fail take a struct error * last and return 0 or -1. The
 * first error wins: a caller that unwinds may call further functions without
 * losing the cause.
 */

/* Exit codes of the command; see the contract in docs/design.md. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_CHECK_FAILED = 1, /* measured, but a check failed */
	EXIT_USAGE = 2,	       /* usage or bad input */
	EXIT_IMPOSSIBLE = 3,   /* not possible on this machine */
};

struct error {
	enum exit_code code; /* what the command exits with */
	char text[512];	     /* one line, no newline; empty: no error */
};

/**
 * error_set() - record an error unless one is recorded already
 * @err: the error to fill
 * @code: what the command shall exit with
 * @fmt: printf format of one line: what, where, remedy
 *
 * Control characters, which a quoted piece of bad input may hold, become "?".
 *
 * Return: -1, so that callers can write "return error_set(...)".
 */
int error_set(struct error *err, enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
