/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_SLOWPATH_H
#define SWC_WATCH_SLOWPATH_H

#include <stddef.h>

/*
 * The rare ways through the runtime that a cgo call may take, each a function whose name
 * differs by Go's version. Some functions are called for several reasons: the caller
 * says which.
 */
struct slowpath {
	const char *key;
	const char *means;
	const char *functions[3]; /* the first that the program has is probed;
				   * none: the dynamic linker's */
	const char *caller; /* only calls from this function count; NULL: all */
};

#define SLOWPATHS 10

/* The number of the one from which on the goroutine waits for a P. */
#define SLOWPATH_NO_P 2

/* The number of the dynamic linker's. */
#define SLOWPATH_FIRST_CALL 9

extern const struct slowpath slowpaths[SLOWPATHS];

#endif
