// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <math.h>
#include <time.h>

#include "arms.h"

#define QUARTERS 4u

#define TSC_HZ_NS 20000000

double clock_ticks_per_cycle(const double *means)
{
	return (means[ARM_CHAIN_LONG] - means[ARM_CHAIN_SHORT]) /
	       (CHAIN_LONG - CHAIN_SHORT);
}

double clock_slot_ticks(const double *means, unsigned int slot)
{
	return means[ARM_CHAIN_SHORT + slot] -
	       (CHAIN_SHORT + slot) * clock_ticks_per_cycle(means) -
	       (means[ARM_CONTROL] + means[ARM_NULL]) / 2;
}

double clock_frame_ticks(const double *means)
{
	double sum = 0;
	unsigned int slot;

	for (slot = 0; slot < CHAIN_SLOTS; slot++)
		sum += clock_slot_ticks(means, slot);
	return sum / CHAIN_SLOTS;
}

static double figure(const double *means, void *context)
{
	(void)context;
	return clock_ticks_per_cycle(means);
}

static double drift(const struct stats *stats)
{
	size_t blocks = stats_blocks(stats), q;
	double lowest = INFINITY, highest = 0, value;

	if (blocks < QUARTERS)
		return 0;
	for (q = 0; q < QUARTERS; q++) {
		value = stats_figure_of(stats, q * blocks / QUARTERS,
					(q + 1) * blocks / QUARTERS, figure,
					NULL);
		lowest = fmin(lowest, value);
		highest = fmax(highest, value);
	}
	return (highest - lowest) / lowest;
}

/* Has each block what a calibration needs? In very short runs some lack an arm. */
static bool blocks_are_complete(const struct stats *stats)
{
	size_t b;

	for (b = 0; b < stats_blocks(stats); b++) {
		if (!isfinite(stats_figure_of(stats, b, b + 1, figure, NULL)))
			return false;
	}
	return true;
}

void clock_calibrate(struct clock *clock, const struct stats *stats)
{
	clock->ticks_per_cycle =
		stats_figure_of(stats, 0, stats_blocks(stats), figure, NULL);
	clock->drift = drift(stats);
	clock->pooling = clock->drift > CLOCK_DRIFT_LIMIT &&
					 blocks_are_complete(stats)
				 ? STATS_BY_BLOCK
				 : STATS_POOLED;
}

bool clock_is_plausible(const struct clock *clock)
{
	return clock->ticks_per_cycle >= CLOCK_MIN_TICKS_PER_CYCLE &&
	       clock->ticks_per_cycle <= CLOCK_MAX_TICKS_PER_CYCLE;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

double clock_tsc_hz(void)
{
	uint64_t first = __builtin_ia32_rdtsc();
	double start = now_ns(), end;

	do {
		end = now_ns();
	} while (end - start < TSC_HZ_NS);
	return (__builtin_ia32_rdtsc() - first) / (end - start) * 1e9;
}
