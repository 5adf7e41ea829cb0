/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_VERSIONS_H
#define SWC_CLAIMS_VERSIONS_H

#include "claimfile.h"
#include "error.h"

/* The versions of Go for which programs are there, oldest first. */
struct versions {
	char names[CLAIM_VERSIONS][16];
	size_t n;
};

/*
 * versions_find() - those that @programs has a folder of, each with a goprobe: "1.25".
 * Return: 0, or -1 with @err set: there is none.
 */
int versions_find(struct versions *v, const char *programs, struct error *err);

/*
 * versions_spread() - have each claim judged for each version: its cases are there once for
 * each. A claim that names a version itself, or is of no program of Go's, stays as it is.
 * Return: 0, or -1 with @err set.
 */
int versions_spread(const struct versions *v, struct claimfile *file,
		    struct error *err);

/*
 * versions_read() - the catalogue at @path, which claimfile_free() frees; for each version
 * that @programs has a folder of, or as it is, if that is NULL. Return: 0, or -1 with @err set.
 */
int versions_read(struct claimfile *file, const char *path,
		  const char *programs, struct error *err);

#endif
