// SPDX-License-Identifier: GPL-2.0
#include "pin.h"

#include <errno.h>
#include <string.h>

int pin_begin(struct pin *pin, uint32_t cpu, struct error *err)
{
	cpu_set_t one;

	pin->cpu = cpu;
	sched_getaffinity(0, sizeof(pin->before), &pin->before);
	if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &pin->before))
		return error_set(err, EXIT_USAGE,
				 "cpu %u: offline or not allowed for this "
				 "process: choose another (--cpu)",
				 cpu);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return error_set(err, EXIT_USAGE, "cpu %u: cannot pin: %s", cpu,
				 strerror(errno));
	return 0;
}

void pin_end(const struct pin *pin)
{
	cpu_set_t one, now;

	CPU_ZERO(&one);
	CPU_SET(pin->cpu, &one);
	if (!sched_getaffinity(0, sizeof(now), &now) && CPU_EQUAL(&one, &now))
		sched_setaffinity(0, sizeof(pin->before), &pin->before);
}
