/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_GUEST_COUNTING_H
#define SWC_TESTS_GUEST_COUNTING_H

#include "guest.h"

/* guest_pmu() - a number that a PMU shows in sysfs. */
static inline long guest_pmu(const char *pmu, const char *file)
{
	char path[80];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/%s", pmu,
		 file);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%ld", &value) != 1)
		guest_give_up(path);
	fclose(f);
	return value;
}

/* guest_fakepmu() - a number that fakepmu shows: "type", "live", "busy". */
static inline long guest_fakepmu(const char *file)
{
	return guest_pmu("fakepmu", file);
}

#endif
