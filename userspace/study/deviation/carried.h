/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DEVIATION_CARRIED_H
#define SWC_DEVIATION_CARRIED_H

#include "planting.h"

/*
 * Things that a sequence has as they were recorded, and could do without: each is taken
 * away, and its absence costs what it is worth on the core that measures.
 */
enum carried {
	CARRIED_INDIRECT, /* calls and jumps through pointers */
	CARRIED_INDEX,	  /* second address registers */
	CARRIED_SEGMENT,  /* addresses that count from a segment's base */
	CARRIED_RBP,	  /* RBP apart from R15 */
	CARRIED_SHARING,  /* code that is executed more than once */
	CARRIED_KINDS,
};

/* carried_name() - a JSON key, like "indirect". */
const char *carried_name(enum carried what);

/* carried_text() - in words what is instead, where it is taken away. */
const char *carried_text(enum carried what);

/*
 * carried_without() - @s without it; what it fills is as planting_make()'s. Without any
 * there is nothing planted, and no reason.
 */
int carried_without(const struct sequence *s, enum carried what,
		    const struct swc_caps *caps, struct planting *out,
		    struct error *err);

#endif
