/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_OUTFILE_H
#define SWC_LIB_OUTFILE_H

#include <stdio.h>

#include "error.h"

/*
 * A file that appears whole or not at all: it is written without a name
 * (O_TMPFILE), or under a temporary one if the file system has no O_TMPFILE,
 * and takes its name only when it is complete. A name that exists already and
 * is no regular file (a terminal, a pipe, /dev/full) is written to and not
 * replaced.
 */
struct outfile {
	FILE *stream;	 /* write here */
	char *path;	 /* the final name */
	char *temporary; /* the name until then */
	int named;	 /* the temporary name exists */
	int direct;	 /* not a regular file: written in place */
};

/*
 * outfile_probe() - could @path be written? Leaves no trace. A pipe or a device
 * isn't asked: its other end would notice. Return: 0, or -1 with @err set.
 */
int outfile_probe(const char *path, struct error *err);

/* outfile_open() - begin to write @path. Return: 0, or -1 with @err set. */
int outfile_open(struct outfile *out, const char *path, struct error *err);

/*
 * outfile_commit() - flush and give the file its name, replacing an older one.
 * On failure nothing remains of the new file and an older one stays untouched.
 * Return: 0, or -1 with @err set.
 */
int outfile_commit(struct outfile *out, struct error *err);

/* outfile_abort() - drop what was written. Harmless after a commit. */
void outfile_abort(struct outfile *out);

/*
 * outfile_write() - all at once: @put writes @what, and returns 0 if it could.
 * Return: 0, or -1 with @err set.
 */
int outfile_write(const char *path, int (*put)(const void *what, FILE *to),
		  const void *what, struct error *err);

#endif
