/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_PLANTED_H
#define SWC_EVICT_PLANTED_H

#include "sequence.h"
#include "victims.h"

/* A planted sequence does one of these to a victim. */
enum planted_truth {
	PLANTED_SPARED,
	PLANTED_EVICTED,
	PLANTED_UNKNOWN, /* depends on prefetchers, or on unknown addresses */
};

/**
 * struct planted - a sequence whose evictions are known
 * @sequence: loads from more lines of some sets than these have ways, or from
 *	more pages than a TLB has entries
 * @level: in which
 * @lines: caches: a bit for each line of a page that it touches, so for each set
 *	that has the same index within a page
 */
struct planted {
	struct sequence sequence;
	enum eviction_level level;
	uint64_t lines;
};

/**
 * planted_make() - one for a level
 * @p: filled
 * @victims: what it evicts from the level they are in: lines of which there are
 *	victims, and at most half of these, so that others show what it spares
 * @geometry: of the CPU
 * @random: state of the generator, by which the sets are drawn
 * @err: set on failure: no such sequence is possible
 */
int planted_make(struct planted *p, const struct victims *victims,
		 const struct geometry *geometry, uint64_t *random,
		 struct error *err);
void planted_free(struct planted *p);

enum planted_truth planted_truth(const struct planted *p,
				 const struct victim *victim);

#endif
