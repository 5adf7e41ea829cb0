/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_CLAIMFILE_H
#define SWC_CLAIMS_CLAIMFILE_H

#include <stdio.h>

#include "claim.h"
#include "error.h"
#include "filehash.h"

#define CLAIMFILE_MAX 1000

/**
 * struct claimfile - a catalogue, as it was read
 * @claims: in the order of the file
 * @n: how many
 * @hash: of the file's content: a verdict holds for this and no other
 */
struct claimfile {
	struct claim *claims;
	size_t n;
	char hash[FILEHASH_BYTES];
};

/**
 * claimfile_read() - read a catalogue
 * @file: filled; claimfile_free() it after success
 * @path: of the file
 * @err: set on failure, with the line and the field that is wrong
 *
 * Return: 0, or -1 with @err set, EXIT_USAGE.
 */
int claimfile_read(struct claimfile *file, const char *path, struct error *err);
void claimfile_free(struct claimfile *file);

/* claimfile_example() - write one to begin with, with comments. */
void claimfile_example(FILE *f);

#endif
