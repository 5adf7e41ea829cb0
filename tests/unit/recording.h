/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_RECORDING_H
#define SWC_TESTS_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "geometry_cpu.h"

/* Recorded leaves of a CPU, tests/data/cpuid/NAME.txt. */

struct leaf {
	uint32_t leaf, subleaf;
	struct swc_cpuid r;
};

struct recording {
	struct leaf leaf[64];
	unsigned int n;
	bool beyond; /* asked for a leaf beyond the highest */
};

/* recording_load() - the test fails if there is none of that name. */
void recording_load(struct recording *rec, const char *name);

/* recording_find() - one leaf, or NULL. */
struct leaf *recording_find(struct recording *rec, uint32_t leaf,
			    uint32_t subleaf);

/* recording_answer() - as the CPU would; @ctx: the recording. */
struct swc_cpuid recording_answer(uint32_t leaf, uint32_t subleaf, void *ctx);

/* recording_decode() - the geometry of a recorded CPU. */
void recording_decode(struct geometry *g, const char *name);

#endif
