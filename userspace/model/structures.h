/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_STRUCTURES_H
#define SWC_MODEL_STRUCTURES_H

#include <stdbool.h>
#include <stdint.h>

#include "assoc.h"
#include "geometry.h"

/* The parts of a model of caches and TLBs, and the accesses that it is fed with. */

/*
 * Misses are counted of these. TLBs that share entries for one kind of access
 * are one.
 */
enum model_structure {
	MODEL_L1D,
	MODEL_L1I,
	MODEL_L2,
	MODEL_L3,
	MODEL_DTLB, /* first level, for data; the arrays for loads and stores */
	MODEL_ITLB, /* first level, for code */
	MODEL_STLB, /* second level, for data and code; a miss is a page walk */
	MODEL_STRUCTURES
};

/* "l1d", "l1i", "l2", "l3", "dtlb", "itlb", "stlb" */
const char *model_structure_name(enum model_structure structure);

enum model_side { MODEL_DATA, MODEL_CODE, MODEL_SIDES };

/* struct model_access.flags: one or more of the first three... */
#define MODEL_READ  0x1u
#define MODEL_WRITE 0x2u
#define MODEL_FETCH 0x4u /* of code; alone */
/* ...or one of these, which aren't counted, except for the translation. */
#define MODEL_FLUSH  0x10u  /* as CLFLUSH: the line leaves all caches */
#define MODEL_STREAM 0x20u  /* as a non-temporal store: likewise */
#define MODEL_INVLPG 0x40u  /* the page leaves all TLBs; no translation */
#define MODEL_TO_L2  0x80u  /* the line is in L2, not L1; no translation */
#define MODEL_TO_L3  0x100u /* neither in L1 nor L2, but L3; likewise */
#define MODEL_TO_MEM 0x200u /* in no cache; likewise */

#define MODEL_SPECIAL 0xfffffff0u

/**
 * struct model_access - one access
 * @address: virtual, of the first byte
 * @bytes: at least 1; may cross lines and pages: each counts
 * @flags: MODEL_*
 */
struct model_access {
	uint64_t address;
	uint32_t bytes;
	uint32_t flags;
};

/**
 * struct model_options - what CPUID doesn't report
 * @policy: of every structure; GEOMETRY_POLICY_NOT_TOLD: what the geometry says,
 *	and LRU where it says nothing
 * @policies: of one structure, before @policy
 * @seed: of random policies
 * @frame: physical page number of a virtual one, one to one; L2 and L3 are indexed
 *	by it. NULL: the same number. L1 is indexed by the virtual address.
 * @frame_ctx: handed to it
 */
struct model_options {
	enum geometry_policy policy;
	enum geometry_policy policies[MODEL_STRUCTURES];
	uint64_t seed;
	uint64_t (*frame)(void *ctx, uint64_t page);
	void *frame_ctx;
};

#define MODEL_WHY 160

/**
 * struct model_part - one structure of a model
 * @array: for data, or all; dTLB: for loads
 * @other: stores of a split dTLB, code of a split second level; else == @array
 *	or NULL
 * @why: why it isn't modelled; empty if it is
 */
struct model_part {
	struct assoc *array;
	struct assoc *other;
	char why[MODEL_WHY];
};

struct model_tally {
	uint64_t accesses;
	uint64_t misses;
};

#define MODEL_REQUESTS 64u

/**
 * struct model_queue - the misses of the first levels, in order
 * @request: lines or pages: the number times 2, plus the side. In one word, as it
 *	may be read at once: a CPU would wait for words that were written in parts.
 * @n: how many there are
 * @limit: so many are served at once
 */
struct model_queue {
	uint64_t request[MODEL_REQUESTS];
	uint32_t n;
	uint32_t limit;
};

struct model {
	struct model_part part[MODEL_STRUCTURES];
	struct model_tally tally[MODEL_STRUCTURES][MODEL_SIDES];
	/* The first levels that translate, by MODEL_READ | MODEL_WRITE; or NULL. */
	struct assoc *dtlb[4][2];
	struct assoc arrays[MODEL_STRUCTURES + 2];
	struct model_queue lines;
	struct model_queue pages;
	unsigned int narrays;
	unsigned int line_shift;
	bool inclusive[MODEL_STRUCTURES]; /* L2, L3: hold all that L1 holds */
	bool random; /* some policy is: no two runs are the same */
	uint64_t (*frame)(void *ctx, uint64_t page);
	void *frame_ctx;
};

/* model_has() - is this structure modelled? */
static inline bool model_has(const struct model *m,
			     enum model_structure structure)
{
	return m->part[structure].array;
}

#endif
