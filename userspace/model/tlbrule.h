/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_TLBRULE_H
#define SWC_MODEL_TLBRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assoc.h"
#include "error.h"

/*
 * By which rule a TLB keeps translations: how many, in which sets, and which goes. The
 * rule is found from answers of the TLB oracle, and then foretells further ones.
 */

/**
 * struct tlbrule - a rule
 * @sets: a power of two
 * @ways: of each
 * @policy: which of a set's translations goes
 * @folded: a page's set is the exclusive or of all groups of so many bits of its number,
 *	as in second levels of Intel (Gras et al., "Translation Leak-aside Buffer",
 *	USENIX Security 2018); else its lowest bits
 * @victims: translations that have gone are kept in a queue of so many, from which they
 *	come back; the emulator QEMU has such a queue
 */
struct tlbrule {
	uint32_t sets;
	uint32_t ways;
	enum geometry_policy policy;
	bool folded;
	uint32_t victims;
};

#define TLBRULE_MOST_SETS   16384u
#define TLBRULE_MAX_VICTIMS 16u

/* A touch of a page, and the oracle's answer: enum swc_oracle_verdict. */
struct tlbrule_touch {
	uint16_t page;
	uint8_t verdict;
};

/* Touches of one window, of which nothing is known before. */
struct tlbrule_script {
	const struct tlbrule_touch *touches;
	uint32_t n;
};

/**
 * struct tlbrule_finding - what was found
 * @rule: the rule
 * @taken: of each set: something else uses it, too
 * @ntaken: how many of those
 * @verdicts: of the scripts it was found from
 * @wrong: of these, so many aren't as the rule says
 * @rules: that were tried
 */
struct tlbrule_finding {
	struct tlbrule rule;
	bool taken[TLBRULE_MOST_SETS];
	uint32_t ntaken;
	uint64_t verdicts;
	uint64_t wrong;
	uint32_t rules;
};

/**
 * tlbrule_find() - the rule that is least often wrong
 * @scripts: asked
 * @n: how many
 * @finding: filled
 * @err: set on failure: no memory, or no page was ever missed
 *
 * The oracle's own memory takes room in the TLB, too: its steps, what it knows of each
 * page, page tables, code. A set in which the rule was wrong is taken by that.
 */
int tlbrule_find(const struct tlbrule_script *scripts, size_t n,
		 struct tlbrule_finding *finding, struct error *err);

/* tlbrule_is_taken() - does a page lie in a set that something else uses? */
bool tlbrule_is_taken(const struct tlbrule_finding *finding, uint32_t page);

/**
 * struct tlbrule_prediction - how it went
 * @verdicts: that were foretold
 * @misses: of these, so many were misses
 * @wrong: foretold as a hit, and a miss, or the other way round
 * @taken: verdicts in sets that something else uses, which weren't foretold
 * @taken_sets: how many those are in the end
 * @confirmed: of the wrong ones, those in sets that were wrong once more later, when
 *	they counted as taken: so something else uses them for sure
 * @resized: of the wrong ones, those in scripts that another number of sets foretells
 *	better
 * @sets: of the last script
 */
struct tlbrule_prediction {
	uint64_t verdicts;
	uint64_t misses;
	uint64_t wrong;
	uint64_t taken;
	uint32_t taken_sets;
	uint64_t confirmed;
	uint64_t resized;
	uint32_t sets;
};

/*
 * tlbrule_predict() - foretell the last three quarters of each script, in their order. A
 * TLB may grow and shrink with use, as the emulator's does, so that the first quarter says
 * how many sets it has: half as many, as many, or twice as many as the rule's. What the
 * oracle has of its own moves from script to script: a set that was wrong counts as taken
 * from then on, for @finding, too. Return: 0, or -1 with @err set: no memory.
 */
int tlbrule_predict(struct tlbrule_finding *finding,
		    const struct tlbrule_script *scripts, size_t n,
		    struct tlbrule_prediction *prediction, struct error *err);

#endif
