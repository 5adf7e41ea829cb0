/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_PREFIX_CALLPATH_H
#define SWC_PREFIX_CALLPATH_H

#include "sequence.h"

/*
 * The path to an operation in the call: its function, and the functions from which
 * that was called. It is known exactly, since each return of a sequence goes to a
 * call that the verifier knows, in whatever order they come. If the sequence has
 * marks, the phase is the outermost of all.
 */
#define CALLPATH_NONE 0xffffffffu

/* This stands for operations of no named function. */
#define CALLPATH_UNNAMED "(no function)"

/**
 * struct callpath - one path: a name, and what it is in
 * @name: the sequence's, of a phase or a function
 * @parent: index of the path without this last name, less than its own;
 *	CALLPATH_NONE: there is none
 */
struct callpath {
	const char *name;
	uint32_t parent;
};

struct callpaths {
	struct callpath *list; /* callers before what they call */
	size_t n;
	uint32_t *of; /* of each operation: index of its path */
};

/**
 * callpaths_find() - the path of each operation of a sequence
 * @s: the sequence; @paths refers to its names
 * @proof: of it
 * @paths: filled; callpaths_free() it in any case
 * @err: set on failure: no memory
 */
int callpaths_find(const struct sequence *s, const struct swc_proof *proof,
		   struct callpaths *paths, struct error *err);
void callpaths_free(struct callpaths *paths);

/* callpath_depth() - how many names a path has before its last. */
unsigned int callpath_depth(const struct callpaths *paths, uint32_t path);

#endif
