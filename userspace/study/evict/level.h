/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_LEVEL_H
#define SWC_EVICT_LEVEL_H

#include "eviction.h"
#include "geometry.h"
#include "sequence.h"
#include "round.h"

/**
 * struct level_options - how the trials of a level are carried out
 * @ring: in which ring
 * @cpu: where
 * @seconds: for one level
 * @samples: trials of each victim with the sequence that are aimed at
 * @tsc_step: as in struct swc_sampler; 0 outside of tests
 */
struct level_options {
	const struct round_ring *ring;
	uint32_t cpu;
	double seconds;
	uint32_t samples;
	uint32_t tsc_step;
};

/* Trials of each victim with the sequence, unless asked otherwise. */
#define LEVEL_SAMPLES 64u

/**
 * level_run() - find out what a sequence evicts from one level
 * @s: the sequence
 * @victims: what it may evict; taken over, also on failure
 * @geometry: of the CPU
 * @options: how
 * @e: filled; evictions_free() it after success
 * @err: set on failure
 *
 * Control, sequence, null, planted sequence and two references are drawn at
 * random trial by trial. In each of some rounds all of them, and the victims,
 * have other memory. Return: 0, also if the result isn't valid, or -1.
 */
int level_run(const struct sequence *s, struct victims *victims,
	      const struct geometry *geometry,
	      const struct level_options *options, struct evictions *e,
	      struct error *err);

#endif
