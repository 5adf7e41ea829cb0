// SPDX-License-Identifier: GPL-2.0
#include "provenance.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define CPUID_HYPERVISOR (1u << 31) /* leaf 1, ECX: running under one */

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

/* The signature of CPUID's hypervisor leaf, "KVMKVMKVM" for example. */
static void hypervisor(char *value, size_t bytes)
{
	unsigned int eax, ebx, ecx, edx;
	char signature[13] = "";

	snprintf(value, bytes, "none");
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) ||
	    !(ecx & CPUID_HYPERVISOR))
		return;
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(signature, &ebx, 4);
	memcpy(signature + 4, &ecx, 4);
	memcpy(signature + 8, &edx, 4);
	snprintf(value, bytes, "%s", *signature ? signature : "unknown");
}

/* runtime.buildVersion is a Go string: where its bytes are, and how many. */
static void go_version(struct tracee *tracee, const struct symbols *symbols,
		       char *value, size_t bytes)
{
	struct {
		uint64_t address;
		uint64_t length;
	} string;
	uint64_t symbol;
	size_t n;

	*value = '\0';
	if (!symbols_find(symbols, "runtime.buildVersion", &symbol) ||
	    tracee_read_some(tracee, symbol, &string, sizeof(string)) !=
		    sizeof(string))
		return;
	n = string.length < bytes ? string.length : bytes - 1;
	value[tracee_read_some(tracee, string.address, value, n)] = '\0';
}

static int line(struct trace_builder *builder, const char *key,
		const char *value, struct error *err)
{
	if (!value || !*value)
		return 0;
	return trace_builder_meta(builder, key, value, err);
}

static int write_machine(struct trace_builder *builder, struct error *err)
{
	char cpu[128], microcode[32], above[32], date[32];
	time_t now = time(NULL);
	struct utsname kernel;
	struct tm utc;

	cpuinfo("model name", cpu, sizeof(cpu));
	cpuinfo("microcode", microcode, sizeof(microcode));
	hypervisor(above, sizeof(above));
	uname(&kernel);
	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (line(builder, "cpu", cpu, err) ||
	    line(builder, "microcode", microcode, err) ||
	    line(builder, "hypervisor", above, err) ||
	    line(builder, "kernel", kernel.release, err) ||
	    line(builder, "date", date, err))
		return -1;
	return 0;
}

int provenance_write(struct trace_builder *builder, struct tracee *tracee,
		     const struct symbols *symbols, const char *scenario,
		     const char *begin, struct error *err)
{
	char go[64];

	go_version(tracee, symbols, go, sizeof(go));
	if (line(builder, "program", tracee->name, err) ||
	    line(builder, "scenario", scenario, err) ||
	    line(builder, "begin", begin, err) ||
	    line(builder, "go", go, err) ||
	    line(builder, "recorder", PROVENANCE_RECORDER, err))
		return -1;
	return write_machine(builder, err);
}
