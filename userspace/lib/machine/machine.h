/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_MACHINE_H
#define SWC_LIB_MACHINE_H

#include <stdbool.h>

/*
 * The machine that something was measured or recorded on, as a result's
 * provenance names it. Unknown values are empty strings.
 */
struct machine {
	char cpu[128];	     /* "model name" */
	char signature[16];  /* family-model-stepping, hexadecimal: 06-cf-02 */
	char microcode[32];  /* revision */
	char kernel[128];    /* release */
	char hypervisor[32]; /* CPUID's signature; "none": bare metal */
	char date[32];	     /* UTC, ISO 8601 */
};

void machine_describe(struct machine *machine);

/*
 * machine_is_emulated() - is this CPU an interpreter or translator?
 * Its "cycles" are those of software, so timings must be withheld.
 */
bool machine_is_emulated(const struct machine *machine);

#endif
