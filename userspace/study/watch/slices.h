/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_SLICES_H
#define SWC_WATCH_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "estimate.h"

/*
 * The time that a program is watched, in slices of one length. Neighbouring samples and
 * blocks have much in common, so intervals come from how slices differ. A run of any
 * length has at most SLICES of them: when they are full, each two become one.
 */
#define SLICES	     64
#define SLICES_KINDS 256 /* functions and states that are told apart */

/* The program's progress, with the probes on or off. */
struct progress {
	double calls;
	double cpu_ns;
	double wall_ns;
};

struct slice {
	uint32_t samples[SLICES_KINDS];
};

/* Pairs of which it is kept how much longer a call took with the probes on. */
#define SLICES_PAIRS 4096

struct slices {
	struct slice list[SLICES];
	size_t n;	    /* that are complete */
	unsigned int ticks; /* of the one that is not */
	unsigned int each;  /* ticks that make a slice */

	double cpu[SLICES_PAIRS]; /* on / off, of CPU time and of wall time */
	double wall[SLICES_PAIRS];
	size_t pairs; /* the last so many, at most SLICES_PAIRS, are kept */
};

/* slices_now() - the slice that is being filled. */
struct slice *slices_now(struct slices *slices);

/* slices_begin_again() - there were none before. */
void slices_begin_again(struct slices *slices);

/* slices_tick() - another piece of time is over. */
void slices_tick(struct slices *slices);

/*
 * slices_share() - samples of kind @part, as a share of those of all kinds that @of has
 * set; NAN without samples, and an interval of NAN where slices are too few.
 */
struct estimate slices_share(const struct slices *slices, size_t part,
			     const unsigned char *of);

/* slices_pair() - what two neighbouring blocks, with the probes on and off, have done. */
void slices_pair(struct slices *slices, const struct progress *on,
		 const struct progress *off);

/*
 * slices_slowdown() - by how much more time a call takes with the probes on, as a share:
 * of CPU time, or of wall time. It is the median over pairs, and its interval that of
 * the order statistics, since neighbours on a shared machine make some pairs differ by
 * many times. NAN where pairs with enough calls are too few.
 */
struct estimate slices_slowdown(const struct slices *slices, bool wall);

#endif
