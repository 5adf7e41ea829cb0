/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_VICTIMS_H
#define SWC_EVICT_VICTIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/trial.h"
#include "error.h"
#include "geometry.h"
#include "workingset.h"

/* The levels that can lose something to a sequence. */
enum eviction_level {
	EVICTION_L1D,
	EVICTION_L2,
	EVICTION_DTLB, /* the data TLB's first level */
	EVICTION_STLB, /* its second level */
	EVICTION_LEVELS
};

const char *eviction_level_name(enum eviction_level level); /* "l1d", ... */

/* Is it pages, not lines, that a level holds? */
bool eviction_level_is_tlb(enum eviction_level level);

#define VICTIM_SET_UNKNOWN 0xffffffffu

/**
 * struct victim - a line or a page that is in a cache or TLB before the replay
 * @set: of the cache; VICTIM_SET_UNKNOWN if the address doesn't decide it
 * @way: how many victims of the same set are older, having been primed before it;
 *	where sets are unknown, of the same line of their pages; of a TLB's, of all
 * @line: of its page, 0 to 63; of pages that are tested: the line loaded
 * @page: number among the victims' pages, drawn anew whenever they are placed
 * @home: recorded: number of the recorded page among those that have a victim
 * @address: recorded: of the line, or of the page, in the recorded process
 * @region: recorded: name of the memory that it belongs to; NULL: not recorded
 */
struct victim {
	uint32_t set;
	uint32_t way;
	uint32_t line;
	uint32_t page;
	uint32_t home;
	uint64_t address;
	const char *region;
};

/**
 * struct victims - victims of one level, and how they lie for a round
 * @level: that they are in
 * @list: the victims, oldest first
 * @n: how many
 * @pages: on so many pages
 * @recorded: a working set: primed as the list has them, in the order in which the
 *	program touched them, whatever a prefetcher makes of that, and probed in
 *	another order
 * @shared: left out of the list, as the call touches them too and so brings them
 *	back: lines; of a TLB's: pages of which it touches any line
 * @crowded: more lines of a set, or of all, than the cache has ways, or lines:
 *	priming alone evicts some
 * @layer: so many neighbours in the list, all of different sets, are probed, and
 *	if not recorded also primed, in an order drawn at random, lest a prefetcher
 *	foresee it; 1: in the list's
 * @columns: of so many victims, each has pages of its own order
 * @chased: they are primed by pointers in themselves: if they fill a cache, a list
 *	of addresses would take a tenth of it
 * @probes: loads in a trial that disturb one another little enough; if possible,
 *	those of one trial are of different sets and pages
 * @order: index of the victim that the engine knows by each number
 * @address: of each, in that order
 * @partner: of each, in that order, the first of its partners; see struct
 *	swc_trial
 * @primed: addresses in the order in which they are primed
 */
struct victims {
	enum eviction_level level;
	struct victim *list;
	size_t n;
	uint32_t pages;
	bool recorded;
	size_t shared;
	bool crowded;
	uint32_t layer;
	uint32_t columns;
	bool chased;
	uint32_t probes;
	uint32_t *order;
	__u64 *address;
	__u64 *partner;
	__u64 *primed;
};

/* Share of L2's lines that are victims, unless asked otherwise. */
#define VICTIMS_L2_SHARE 0.125

/**
 * victims_synthetic() - victims that nothing but the level's geometry asks for
 * @v: filled
 * @level: which
 * @geometry: of the CPU
 * @l2_share: share of L2's lines to fill, more than 0, at most 1
 * @err: set on failure: the geometry isn't known, or is one in which the address doesn't
 *	decide the set
 *
 * The victims of a set are primed in the order of their ways: the list shows which ones
 * replacement prefers. L1d: all lines of all sets. L2: whole pages. A TLB's first level:
 * as many as it has entries (64, if that isn't known) but for those that a trial takes
 * itself; the second: half of its entries, or 1024.
 */
int victims_synthetic(struct victims *v, enum eviction_level level,
		      const struct geometry *geometry, double l2_share,
		      struct error *err);

/**
 * victims_recorded() - a working set: what a program had touched before a call
 * @v: filled; its @n may be 0: the call touches all of it, too
 * @level: which
 * @geometry: of the CPU
 * @units: touched by data accesses; their names of regions have to outlive @v
 * @err: set on failure: the geometry isn't known, no memory
 *
 * Primed as the program touched them, the oldest first: of each line, or page, the
 * last touch counts. Lines keep their places in their pages, and so their sets in
 * a cache whose sets the offset decides; lines of one page stay together. Pages
 * lie side by side in an order drawn at random, as no TLB's sets are known.
 */
int victims_recorded(struct victims *v, enum eviction_level level,
		     const struct geometry *geometry,
		     const struct workingset_units *units, struct error *err);

/* victims_lines() - bit n: a victim is line n of its page. */
uint64_t victims_lines(const struct victims *v);

void victims_close(struct victims *v);

/**
 * victims_arrange() - give all of them pages and an order, drawn anew
 * @v: any
 * @base: address of the first of victims_span() pages; 0: what is filled are
 *	offsets
 * @random: state of the generator, any value but 0
 *
 * Fills @order, @address, @partner and @primed. Partners of lines are the lines of
 * the same page. Those of pages are the other eight of sixteen, of other sets of a
 * TLB: surely, if @base is aligned to VICTIMS_ALIGNMENT, or sets are the low bits
 * of a page's number.
 */
void victims_arrange(struct victims *v, __u64 base, uint64_t *random);

/* victims_partners() - how many partners each has to be drawn from. */
uint32_t victims_partners(const struct victims *v);

/* victims_partner_stride() - from each to the next, bytes. */
uint32_t victims_partner_stride(const struct victims *v);

/* victims_span() - pages that victims and their partners take. */
uint32_t victims_span(const struct victims *v);

#define VICTIMS_ALIGNMENT ((size_t)16 * SWC_PAGE_BYTES)

#endif
