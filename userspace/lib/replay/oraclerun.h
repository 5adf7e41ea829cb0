/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ORACLERUN_H
#define SWC_LIB_ORACLERUN_H

#include "oracle.h"
#include "sequence.h"

/*
 * Asks what a sequence does to translations: which pages it evicts from the TLB,
 * which of its own accesses miss, and for which of its pages the CPU walks the
 * page table.
 */

#define ORACLE_MAX_VICTIMS 1024u
#define ORACLE_MAX_WARM	   64u

/**
 * struct oracle_options - what is asked
 * @state: prepared before each replay; NULL: warm
 * @victims: pages that may be evicted, 1 to ORACLE_MAX_VICTIMS
 * @passes: over all victims to prime them, at least 1; one more shows which of them
 *	are resident
 * @warm: replays before the victims are primed, and rounds through the accesses
 *	before those that count, up to ORACLE_MAX_WARM. 0: the accesses find none of
 *	their pages cached.
 * @trials: how often, 1 or more
 * @seed: of the orders; 0: drawn
 */
struct oracle_options {
	const struct swc_state *state;
	uint32_t victims;
	uint32_t passes;
	uint32_t warm;
	uint32_t trials;
	uint64_t seed;
};

/*
 * The numbers of trials in which the victim was primed, and of those in which
 * the sequence, or nothing, evicted it.
 */
struct oracle_victim {
	uint32_t resident;
	uint32_t evicted;
	uint32_t null_resident;
	uint32_t null_evicted;
};

/**
 * struct oracle_access - an access of an operation to a page, in order
 * @op: index of the operation
 * @region: which
 * @page: of the region
 * @flags: SWC_ACCESS_*
 * @misses: in so many trials
 */
struct oracle_access {
	uint32_t op;
	uint32_t region;
	uint32_t page;
	uint32_t flags;
	uint32_t misses;
};

/**
 * struct oracle_page - a page of the sequence itself
 * @region: which, or ORACLE_CODE
 * @page: of the region, or of the code
 * @unknown: nothing is known of its walks: it is code that the kernel maps by large
 *	pages, which modules share
 * @walks: in so many trials the CPU walked the page table for it
 */
struct oracle_page {
	uint32_t region;
	uint32_t page;
	bool unknown;
	uint32_t walks;
};

#define ORACLE_CODE SWC_NO_REGION

/**
 * struct oracle_result - what came out
 * @trials: with the sequence
 * @null_trials: with the null sequence
 * @access_trials: that @accesses come from
 * @dropped: that an NMI or SMI hit; they don't count
 * @nvictims: of @victims
 * @naccesses: of @accesses
 * @npages: of @pages: those of all regions, then those of the code
 * @access_why: why there are no accesses: too many for one window; else empty
 */
struct oracle_result {
	uint32_t trials;
	uint32_t null_trials;
	uint32_t access_trials;
	uint32_t dropped;
	struct oracle_victim *victims;
	uint32_t nvictims;
	struct oracle_access *accesses;
	uint32_t naccesses;
	char access_why[256];
	struct oracle_page *pages;
	uint32_t npages;
};

/**
 * oracle_run() - ask all three questions about a sequence
 * @o: the oracle
 * @s: the sequence
 * @options: see above
 * @result: filled; oracle_result_free() it
 * @err: set on failure: the sequence is refused, or too long for one window, the
 *	CPU went offline, a control failed
 *
 * Return: 0, or -1 with @err set and nothing to free.
 */
int oracle_run(struct oracle *o, const struct sequence *s,
	       const struct oracle_options *options,
	       struct oracle_result *result, struct error *err);
void oracle_result_free(struct oracle_result *result);

#endif
