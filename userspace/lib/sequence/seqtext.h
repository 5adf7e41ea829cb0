/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SEQTEXT_H
#define SWC_LIB_SEQTEXT_H

#include <stdio.h>

#include "sequence.h"

/*
 * The text form of a sequence, "*.seq": one operation a line, writable by hand
 * and diffable. docs/sequence.md describes it for people.
 */

/*
 * seqtext_read() - parse @in; @path names it in messages.
 * Return: 0, or -1 with @err set: "path:line: what: remedy". @s is then empty.
 */
int seqtext_read(struct sequence *s, FILE *in, const char *path,
		 struct error *err);

/*
 * seqtext_write() - print @s so that seqtext_read() gives the same sequence.
 * Return: 0, or -1 when writing failed.
 */
int seqtext_write(const struct sequence *s, FILE *out);

/* seqtext_line() - one operation as text, without a newline, cut to @bytes. */
void seqtext_line(const struct sequence *s, const struct swc_op *op, char *line,
		  size_t bytes);

#endif
