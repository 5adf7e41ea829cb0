/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_MEASURE_H
#define SWC_LIB_MEASURE_H

#include <stdbool.h>

#include "backend.h"
#include "engine/optable.h"
#include "error.h"
#include "machine.h"
#include "sequence.h"
#include "stats.h"

/* Additions of the pedestal; 40 outlast the fences' shadow with room to spare. */
#define MEASURE_PEDESTAL 40u

#define MEASURE_SAMPLES 20000u /* of the sequence, unless asked otherwise */

struct measure_options {
	const struct backend_ops *backend;
	int cpu; /* -1: the last that the process may use */
	uint32_t samples;
};

/*
 * A measured sequence. Ticks and cycles are the sequence's own: the control,
 * which is the same frame and pedestal around nothing, is taken off.
 */
struct measurement {
	struct swc_op_counts counts;
	uint32_t cpu;
	struct estimate ticks;
	struct estimate cycles; /* core cycles */
	double ticks_per_cycle; /* slope of chains of known length */
	double tsc_hz;
	uint32_t samples; /* of the sequence, kept */
	uint32_t dropped; /* of all arms */
	struct stats_drops drops;
	uint32_t rounds;
	uint32_t windows;
	uint32_t nmis;
	uint64_t replays; /* of all arms, timed and untimed */
	struct machine machine;
	bool valid;    /* ticks and cycles mean something */
	char why[256]; /* if not: why not */
};

/**
 * measure() - replay a sequence and a control, interleaved, and estimate
 * @s: the sequence
 * @options: where and how often
 * @m: filled
 * @err: set on failure
 *
 * Chains of known length run as further arms, from whose difference comes the
 * length of a core cycle; where that is absurd the measurement is not valid.
 * Return: 0, also if the measurement isn't valid; or -1 with @err set.
 */
int measure(const struct sequence *s, const struct measure_options *options,
	    struct measurement *m, struct error *err);

#endif
