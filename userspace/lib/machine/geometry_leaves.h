/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_GEOMETRY_LEAVES_H
#define SWC_LIB_GEOMETRY_LEAVES_H

#include <stdint.h>

#include "engine/caps.h"
#include "geometry.h"

/* CPUID's leaves, in the forms that the vendors share. */

#define GEOMETRY_EXTENDED 0x80000000u /* the first extended leaf */

/* Answers as the instruction would; recorded leaves can be decoded, too. */
typedef struct swc_cpuid (*geometry_cpuid)(uint32_t leaf, uint32_t subleaf,
					   void *ctx);

/* One processor's CPUID, and how far its leaves go. */
struct geometry_leaves {
	geometry_cpuid cpuid;
	void *ctx;
	uint32_t max;	       /* highest basic leaf */
	uint32_t max_extended; /* highest of 0x8000xxxx, or 0 */
};

/*
 * geometry_open_leaves() - find out how far the leaves go, and whose they are;
 * @vendor: "GenuineIntel", "AuthenticAMD", ...
 */
void geometry_open_leaves(struct geometry_leaves *l, char vendor[13],
			  geometry_cpuid cpuid, void *ctx);

/*
 * geometry_leaf() - one leaf; zeros where it doesn't exist. Beyond the highest
 * leaf Intel CPUs answer with the highest one's data.
 */
struct swc_cpuid geometry_leaf(const struct geometry_leaves *l, uint32_t leaf,
			       uint32_t subleaf);

/*
 * geometry_read_caches() - leaf 4, or AMD's 0x8000001d in the same form
 * Return: number of caches found.
 */
unsigned int geometry_read_caches(struct geometry *g,
				  const struct geometry_leaves *l,
				  uint32_t leaf, enum geometry_source source);

#endif
