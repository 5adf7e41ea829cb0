/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_GEOMETRY_MEASURED_H
#define SWC_LIB_GEOMETRY_MEASURED_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "geometry.h"
#include "machine.h"

/*
 * The data TLBs' sizes as measured go before what CPUID says: hypervisors hide and
 * misstate leaves. "doctor --tlb" keeps them in a file of the user's cache folder:
 * switchcost/tlb-SIGNATURE in $XDG_CACHE_HOME or ~/.cache. A file is of one CPU
 * signature, microcode and hypervisor, and of no other.
 */

#define GEOMETRY_MEASURED_LEVELS 2

/**
 * struct geometry_measured - entries for pages of 4 KiB, by timing
 * @level: the first and the second
 * @known: was it found?
 * @entries: that it holds
 * @lo: not less
 * @hi: not more
 */
struct geometry_measured {
	struct {
		bool known;
		double entries;
		double lo;
		double hi;
	} level[GEOMETRY_MEASURED_LEVELS];
};

/**
 * geometry_measured_save() - keep it for this machine, in place of what was kept
 * @m: at least one level is known
 * @machine: on which it was measured
 * @path: filled: where
 * @size: of @path
 * @err: set on failure: nothing new is there then, and what was there still is
 */
int geometry_measured_save(const struct geometry_measured *m,
			   const struct machine *machine, char *path,
			   size_t size, struct error *err);

/**
 * geometry_measured_load() - what is kept for this machine
 * @m: filled
 * @machine: this one
 * @why: filled: why nothing is, or empty
 * @size: of @why
 *
 * Return: 1 if something is; 0 if nothing was measured here, or on another machine
 * only; -1 if there is a file that isn't understood, of which @why is worth saying.
 */
int geometry_measured_load(struct geometry_measured *m,
			   const struct machine *machine, char *why,
			   size_t size);

/**
 * geometry_measured_largest() - of two measurements, the larger number of each level
 * @m: the new one, which becomes that
 * @before: an earlier one of the same machine
 *
 * A busy thread of the same core takes entries, all the time that a measurement lasts
 * perhaps, and adds none: 1035 [1011, 1056] were found once of 2048 on a Golden Cove.
 *
 * Return: whether the earlier one has a level that is larger by more than both intervals.
 */
bool geometry_measured_largest(struct geometry_measured *m,
			       const struct geometry_measured *before);

/**
 * geometry_measured_apply() - put it in place of what CPUID says otherwise
 * @g: as CPUID reports it
 * @m: as measured
 *
 * A number of CPUID's that lies in the interval stays, as it is exact and comes with
 * the ways. Else a level has as many entries as were measured, in one set, for loads
 * and stores.
 */
void geometry_measured_apply(struct geometry *g,
			     const struct geometry_measured *m);

#endif
