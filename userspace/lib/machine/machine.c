// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "engine/caps.h"

#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_HYPERVISOR       0x40000000u

/* The value of the first line "key : value" of /proc/cpuinfo. */
static void cpuinfo(const char *key, char *value, size_t bytes)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	size_t length = strlen(key);
	char line[4096];

	*value = '\0';
	while (f && !*value && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, key, length) ||
		    (line[length] != '\t' && line[length] != ' '))
			continue;
		colon += strspn(colon, ": ");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(value, bytes, "%s", colon);
	}
	if (f)
		fclose(f);
}

/* Family, model and stepping: Intel SDM vol. 2A, CPUID, figure 3-6. */
static void signature(char *value, size_t bytes)
{
	uint32_t eax = swc_cpuid(1, 0).eax;
	uint32_t family = eax >> 8 & 0xf, model = eax >> 4 & 0xf;

	if (family == 0x6 || family == 0xf)
		model += eax >> 12 & 0xf0;
	if (family == 0xf)
		family += eax >> 20 & 0xff;
	snprintf(value, bytes, "%02x-%02x-%02x", family, model, eax & 0xf);
}

static void hypervisor(char *value, size_t bytes)
{
	char signature[13] = "";
	struct swc_cpuid leaf;

	snprintf(value, bytes, "none");
	if (!(swc_cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR))
		return;
	leaf = swc_cpuid(CPUID_HYPERVISOR, 0);
	memcpy(signature, &leaf.ebx, 4);
	memcpy(signature + 4, &leaf.ecx, 4);
	memcpy(signature + 8, &leaf.edx, 4);
	snprintf(value, bytes, "%s", *signature ? signature : "unknown");
}

void machine_describe(struct machine *machine)
{
	time_t now = time(NULL);
	struct utsname kernel;
	struct tm utc;

	*machine = (struct machine){0};
	cpuinfo("model name", machine->cpu, sizeof(machine->cpu));
	signature(machine->signature, sizeof(machine->signature));
	cpuinfo("microcode", machine->microcode, sizeof(machine->microcode));
	hypervisor(machine->hypervisor, sizeof(machine->hypervisor));
	if (!uname(&kernel))
		snprintf(machine->kernel, sizeof(machine->kernel), "%s",
			 kernel.release);
	gmtime_r(&now, &utc);
	strftime(machine->date, sizeof(machine->date), "%Y-%m-%dT%H:%M:%SZ",
		 &utc);
}

bool machine_is_emulated(const struct machine *machine)
{
	return !strcmp(machine->hypervisor, "TCGTCGTCGTCG");
}
