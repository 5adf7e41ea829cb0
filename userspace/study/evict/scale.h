/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_SCALE_H
#define SWC_EVICT_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/probe.h"
#include "error.h"
#include "scores.h"

/*
 * The ticks of a load say something of where it came from. If the two levels are far
 * apart each load says it; if the TSC advances in steps of 26 ticks and the levels
 * are 6 apart, each says a little, and all of a victim's together say it. So a load
 * isn't called a hit or a miss, but gets a score: the chance that it came from
 * beyond, by the references of the same minute. A victim's mean score lies between
 * those of the references as far as it was evicted.
 */

/* Ticks from here on are all one. */
#define SCALE_TICKS 1024u

/* References are halved: the loads of each half are scored by the other. */
#define SCALE_HALVES 2u

/**
 * struct reading - a load that nothing disturbed
 * @victim: index in the list of victims
 * @ticks: less than SCALE_TICKS
 * @hit: of the load of what is cached, before it, likewise
 * @arm: of the trial
 * @length: of the pedestal
 * @half: which, by trial
 * @round: of the experiment, any number
 */
struct reading {
	uint32_t victim;
	uint16_t ticks;
	uint16_t hit;
	uint8_t arm;
	uint8_t length;
	uint8_t half;
	uint8_t round;
};

/**
 * struct scale_arms - the arms that a scale is found by
 * @control: victims are primed, and nothing is replayed
 * @near: loads are from within
 * @far: loads are from beyond
 */
struct scale_arms {
	unsigned int control;
	unsigned int near;
	unsigned int far;
};

/**
 * struct scale_part - of one length of the pedestal, for loads of one half
 * @chance: by ticks, that a load came from beyond, if it might as well be from
 *	within; doesn't fall as ticks grow
 * @gate: the most ticks of the hit before a load: above it the core is shared, and
 *	the load says nothing; 0: none of this length does
 */
struct scale_part {
	float chance[SCALE_TICKS];
	uint32_t gate;
};

struct scale {
	struct scale_part parts[SCALE_HALVES][SWC_PROBE_LENGTHS];
};

/* Fewest references of each kind, length and half. */
#define SCALE_LEAST_SAMPLES 8u

/**
 * scale_is_possible() - are there references enough?
 * @readings: of all arms
 * @n: how many
 * @arms: which are the references
 * @least: of each kind, length and half
 */
bool scale_is_possible(const struct reading *readings, size_t n,
		       const struct scale_arms *arms, uint32_t least);

/**
 * scale_make() - from references, never from a table
 * @s: filled
 * @readings: of all arms
 * @n: how many
 * @arms: which are the references
 * @err: set on failure: no memory
 *
 * Each length of the pedestal has a scale of its own. The chance grows with the ticks,
 * and otherwise follows the references (isotonic regression: Ayer and others, Annals of
 * Mathematical Statistics 26, 1955). The gate is where all loads together say most:
 * anything else that runs on the core makes loads slow, and evicts victims also in the
 * control. The references of the other half score a load, even if it is a reference: so
 * references score on average as others would, however few they are.
 */
int scale_make(struct scale *s, const struct reading *readings, size_t n,
	       const struct scale_arms *arms, struct error *err);

/* scale_is_usable() - does a load say anything? */
bool scale_is_usable(const struct scale *s, const struct reading *r);

/* scale_score() - the chance that it came from beyond, 0 to 1. */
double scale_score(const struct scale *s, const struct reading *r);

#endif
