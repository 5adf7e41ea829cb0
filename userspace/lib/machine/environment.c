// SPDX-License-Identifier: GPL-2.0
#include "environment.h"

#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpulist.h"
#include "engine/freestanding.h"
#include "sysfile.h"

#define CPUS "/sys/devices/system/cpu"

/* Beyond this exit latency, us, a wake-up costs caches and clock. */
#define DEEP_IDLE_US 10

struct look {
	const char *root;
	unsigned int cpu;
	unsigned int watch_ms;
	bool guest;
	struct environment_finding *f;
};

static void conclude(struct look *l, enum environment_state state,
		     const char *value, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The finding's state, value and advice, which has no newline. */
static void conclude(struct look *l, enum environment_state state,
		     const char *value, const char *fmt, ...)
{
	va_list ap;

	l->f->state = state;
	snprintf(l->f->value, sizeof(l->f->value), "%s", value);
	va_start(ap, fmt);
	vsnprintf(l->f->advice, sizeof(l->f->advice), fmt, ap);
	va_end(ap);
}

static void good(struct look *l, const char *value)
{
	conclude(l, ENVIRONMENT_GOOD, value, "%s", "");
}

/* A file's value, its first line. Return: false if it can't be read. */
static bool get(const struct look *l, const char *path, char *value,
		size_t bytes)
{
	char full[512], text[4096];

	*value = '\0';
	sysfile_path(full, sizeof(full), l->root, path);
	if (sysfile_read(full, text, sizeof(text)) < 0)
		return false;
	sysfile_value(text, value, bytes);
	return true;
}

static bool get_of_cpu(const struct look *l, const char *name, char *value,
		       size_t bytes)
{
	char path[256];

	snprintf(path, sizeof(path), CPUS "/cpu%u/%s", l->cpu, name);
	return get(l, path, value, bytes);
}

/* The first line of a file that begins with @key. It may be a long file. */
static bool get_line(const struct look *l, const char *path, const char *key,
		     char *line, size_t bytes)
{
	char full[512];
	bool found = false;
	FILE *f;

	sysfile_path(full, sizeof(full), l->root, path);
	f = fopen(full, "re");
	while (f && !found && fgets(line, bytes, f))
		found = !strncmp(line, key, strlen(key));
	if (f)
		fclose(f);
	return found;
}

static bool has_flag(const struct look *l, const char *flag)
{
	char line[8192], *word, *rest = NULL;

	if (!get_line(l, "/proc/cpuinfo", "flags", line, sizeof(line)))
		return false;
	for (word = strtok_r(line, " \t\n", &rest); word;
	     word = strtok_r(NULL, " \t\n", &rest)) {
		if (!strcmp(word, flag))
			return true;
	}
	return false;
}

static void check_smt(struct look *l)
{
	char siblings[128], others[128];

	if (!get_of_cpu(l, "topology/thread_siblings_list", siblings,
			sizeof(siblings)))
		conclude(l, ENVIRONMENT_UNKNOWN, "no topology",
			 "look for siblings of cpu %u with lscpu -e", l->cpu);
	else if (cpulist_count(siblings) > 1)
		conclude(l, ENVIRONMENT_ADVICE, siblings,
			 "take %s offline: echo 0 > " CPUS "/cpuN/online for "
			 "each, or switch SMT off: echo off > " CPUS
			 "/smt/control",
			 cpulist_without(siblings, l->cpu, others,
					 sizeof(others))
				 ? others
				 : "the siblings");
	else if (l->guest)
		conclude(l, ENVIRONMENT_UNKNOWN, "no sibling in this guest",
			 "a neighbour may run on the sibling thread: ask the "
			 "host for whole cores");
	else
		good(l, "no sibling online");
}

static void check_turbo(struct look *l)
{
	static const char pstate[] = CPUS "/intel_pstate/no_turbo";
	static const char boost[] = CPUS "/cpufreq/boost";
	char value[32];

	if (get(l, pstate, value, sizeof(value))) {
		if (!strcmp(value, "1"))
			good(l, "off (no_turbo is 1)");
		else
			conclude(l, ENVIRONMENT_ADVICE, "on (no_turbo is 0)",
				 "echo 1 > %s, or --quiet-system", pstate);
	} else if (get(l, boost, value, sizeof(value))) {
		if (!strcmp(value, "0"))
			good(l, "off (boost is 0)");
		else
			conclude(l, ENVIRONMENT_ADVICE, "on (boost is 1)",
				 "echo 0 > %s, or --quiet-system", boost);
	} else {
		conclude(l, ENVIRONMENT_UNKNOWN, "no control here",
			 "%s switch it off there",
			 l->guest ? "the host decides:" : "see the firmware:");
	}
}

static void check_governor(struct look *l)
{
	char value[64];

	if (!get_of_cpu(l, "cpufreq/scaling_governor", value, sizeof(value)))
		conclude(l, ENVIRONMENT_UNKNOWN, "no cpufreq",
			 "%s decides about the frequency",
			 l->guest ? "the host" : "the firmware");
	else if (!strcmp(value, "performance"))
		good(l, value);
	else
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "cpupower -c %u frequency-set -g performance, or "
			 "--quiet-system",
			 l->cpu);
}

static void check_frequency(struct look *l)
{
	char min[32], max[32], value[96];

	if (!get_of_cpu(l, "cpufreq/scaling_min_freq", min, sizeof(min)) ||
	    !get_of_cpu(l, "cpufreq/scaling_max_freq", max, sizeof(max))) {
		conclude(l, ENVIRONMENT_UNKNOWN, "no cpufreq",
			 "%s decides about the frequency",
			 l->guest ? "the host" : "the firmware");
		return;
	}
	snprintf(value, sizeof(value), "%s to %s kHz", min, max);
	if (!strcmp(min, max))
		good(l, value);
	else
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "fix it below turbo: cpupower -c %u frequency-set -d "
			 "F -u F",
			 l->cpu);
}

/* The value of "key=" on the kernel's command line. */
static bool boot_option(const struct look *l, const char *key, char *value,
			size_t bytes)
{
	char line[4096], *word, *rest = NULL;
	size_t length = strlen(key);

	if (!get_line(l, "/proc/cmdline", "", line, sizeof(line)))
		return false;
	for (word = strtok_r(line, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest)) {
		if (strncmp(word, key, length) || word[length] != '=')
			continue;
		snprintf(value, bytes, "%s", word + length + 1);
		return true;
	}
	return false;
}

static void conclude_list(struct look *l, const char *list, const char *option)
{
	char value[256];

	snprintf(value, sizeof(value), "%s",
		 isdigit((unsigned char)*list) ? list : "none");
	if (cpulist_has(list, l->cpu))
		good(l, value);
	else
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "boot with %s=%u, or measure on a CPU of the list",
			 option, l->cpu);
}

static void check_isolated(struct look *l)
{
	char list[256];

	if (get(l, CPUS "/isolated", list, sizeof(list)))
		conclude_list(l, list, "isolcpus");
	else
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "look for isolcpus= in /proc/cmdline");
}

static void check_nohz_full(struct look *l)
{
	char list[256];

	if (get(l, CPUS "/nohz_full", list, sizeof(list)))
		conclude_list(l, list, "nohz_full");
	else
		conclude(l, ENVIRONMENT_ADVICE, "not in this kernel",
			 "take a kernel with CONFIG_NO_HZ_FULL, or publish it");
}

/* nohz_full CPUs are rcu_nocbs CPUs, too: kernel/rcu/tree_nocb.h. */
static void check_rcu_nocbs(struct look *l)
{
	char list[256], full[256] = "";

	get(l, CPUS "/nohz_full", full, sizeof(full));
	if (!boot_option(l, "rcu_nocbs", list, sizeof(list)))
		conclude_list(l, full, "rcu_nocbs");
	else if (!strcmp(list, "all") || cpulist_has(full, l->cpu))
		good(l, list);
	else
		conclude_list(l, list, "rcu_nocbs");
}

static void check_nmi_watchdog(struct look *l)
{
	char value[32];

	if (!get(l, "/proc/sys/kernel/nmi_watchdog", value, sizeof(value)))
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "NMIs are counted and their samples dropped");
	else if (!strcmp(value, "0"))
		good(l, "off");
	else
		conclude(l, ENVIRONMENT_ADVICE, "on",
			 "sysctl kernel.nmi_watchdog=0, or --quiet-system");
}

/* proc(5): user nice system idle iowait irq softirq steal, in USER_HZ. */
bool environment_steal(const char *root, unsigned int cpu, uint64_t *ticks)
{
	struct look l = {.root = root};
	char key[32], line[512];
	unsigned long long steal;

	snprintf(key, sizeof(key), "cpu%u ", cpu);
	if (!get_line(&l, "/proc/stat", key, line, sizeof(line)) ||
	    sscanf(line + strlen(key), "%*u %*u %*u %*u %*u %*u %*u %llu",
		   &steal) != 1)
		return false;
	*ticks = steal;
	return true;
}

static void check_steal(struct look *l)
{
	struct timespec watch = {.tv_sec = l->watch_ms / 1000,
				 .tv_nsec = l->watch_ms % 1000 * 1000000l};
	uint64_t before, after;
	char value[96];

	if (!l->watch_ms || !environment_steal(l->root, l->cpu, &before)) {
		conclude(l, ENVIRONMENT_UNKNOWN, "not watched",
			 "compare the 8th number of cpu%u in /proc/stat",
			 l->cpu);
		return;
	}
	nanosleep(&watch, NULL);
	if (!environment_steal(l->root, l->cpu, &after))
		after = before;
	snprintf(value, sizeof(value), "%llu ticks in %u ms, %llu since boot",
		 (unsigned long long)(after - before), l->watch_ms,
		 (unsigned long long)after);
	if (after != before)
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "the host takes time from this CPU: pin its vCPU to a "
			 "CPU of its own, or measure elsewhere");
	else
		good(l, value);
}

static void check_hypervisor(struct look *l)
{
	char line[64];

	if (!get_line(l, "/proc/cpuinfo", "flags", line, sizeof(line)))
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "see systemd-detect-virt");
	else if (l->guest)
		conclude(l, ENVIRONMENT_ADVICE, "present",
			 "a guest's figures hold for this guest and its "
			 "neighbours: measure on bare metal to publish");
	else
		good(l, "none");
}

static void check_huge_pages(struct look *l)
{
	char value[64];

	if (!get(l, "/sys/kernel/mm/transparent_hugepage/enabled", value,
		 sizeof(value)))
		good(l, "not in this kernel");
	else if (strcmp(value, "always"))
		good(l, value);
	else
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "echo madvise > "
			 "/sys/kernel/mm/transparent_hugepage/enabled, or "
			 "--quiet-system");
}

/* The limit in force, which only root may read: a number of 4 bytes. */
static unsigned int latency_limit(const struct look *l)
{
	char full[512], bytes[16];
	int32_t us;

	sysfile_path(full, sizeof(full), l->root, "/dev/cpu_dma_latency");
	if (sysfile_read(full, bytes, sizeof(us) + 1) != sizeof(us))
		return ~0u;
	memcpy(&us, bytes, sizeof(us));
	return us;
}

static void check_idle(struct look *l)
{
	char name[64], text[64], deep[256] = "";
	unsigned int i, limit = latency_limit(l);
	size_t used = 0;

	for (i = 0; i < 16; i++) {
		unsigned int latency;

		snprintf(name, sizeof(name), "cpuidle/state%u/latency", i);
		if (!get_of_cpu(l, name, text, sizeof(text)))
			break;
		latency = strtoul(text, NULL, 10);
		snprintf(name, sizeof(name), "cpuidle/state%u/disable", i);
		get_of_cpu(l, name, text, sizeof(text));
		if (latency <= DEEP_IDLE_US || latency > limit ||
		    !strcmp(text, "1"))
			continue;
		snprintf(name, sizeof(name), "cpuidle/state%u/name", i);
		get_of_cpu(l, name, text, sizeof(text));
		used += snprintf(deep + used, sizeof(deep) - used,
				 "%s%s (%u us)", used ? ", " : "", text,
				 latency);
		if (used >= sizeof(deep))
			break;
	}
	if (!i)
		conclude(l, ENVIRONMENT_UNKNOWN, "no cpuidle",
			 "%s decides about idle states",
			 l->guest ? "the host" : "idle= or the firmware");
	else if (used)
		conclude(l, ENVIRONMENT_ADVICE, deep,
			 "cpupower -c %u idle-set -D %u, or --quiet-system",
			 l->cpu, DEEP_IDLE_US);
	else
		good(l, "none enabled beyond 10 us");
}

/* Does the hardware send it here? If the kernel doesn't say, may it? */
static bool interrupts_here(const struct look *l, const char *irq)
{
	char path[128], list[512];

	snprintf(path, sizeof(path), "/proc/irq/%.16s/effective_affinity_list",
		 irq);
	if (get(l, path, list, sizeof(list)) && *list)
		return cpulist_has(list, l->cpu);
	snprintf(path, sizeof(path), "/proc/irq/%.16s/smp_affinity_list", irq);
	return get(l, path, list, sizeof(list)) && cpulist_has(list, l->cpu);
}

static void check_interrupts(struct look *l)
{
	unsigned int here = 0, all = 0;
	struct dirent *entry;
	char path[512], value[96];
	DIR *dir;

	sysfile_path(path, sizeof(path), l->root, "/proc/irq");
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		all++;
		here += interrupts_here(l, entry->d_name);
	}
	if (dir)
		closedir(dir);
	snprintf(value, sizeof(value), "%u of %u come to cpu %u", here, all,
		 l->cpu);
	if (!all)
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "see /proc/interrupts");
	else if (here)
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "boot with irqaffinity= of the other CPUs, stop "
			 "irqbalance, or --quiet-system");
	else
		good(l, value);
}

/* Only provenance: mitigations cost cycles at every entry into the kernel. */
static void check_mitigations(struct look *l)
{
	static const char folder[] = CPUS "/vulnerabilities";
	char path[512], text[256], value[512] = "";
	struct dirent **names = NULL;
	size_t used = 0;
	int i, n;

	sysfile_path(path, sizeof(path), l->root, folder);
	n = scandir(path, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%.64s", folder,
			 names[i]->d_name);
		if (used < sizeof(value) && get(l, path, text, sizeof(text)) &&
		    strcmp(text, "Not affected"))
			used += snprintf(value + used, sizeof(value) - used,
					 "%s%s: %s", used ? ", " : "",
					 names[i]->d_name, text);
		free(names[i]);
	}
	free(names);
	if (n < 0)
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "say the kernel's mitigations= with the result");
	else
		good(l, used ? value : "not affected by any");
}

static void check_load(struct look *l)
{
	char value[64];

	if (!get(l, "/proc/loadavg", value, sizeof(value)))
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown", "see uptime");
	else if (strtod(value, NULL) > 1)
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "others share caches, memory and power budget: stop "
			 "what runs (see top) and wait a minute");
	else
		good(l, value);
}

static void check_paranoid(struct look *l)
{
	char value[32];

	if (!get(l, "/proc/sys/kernel/perf_event_paranoid", value,
		 sizeof(value)))
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "this kernel has no perf events");
	else if (strtol(value, NULL, 10) <= 2)
		good(l, value);
	else
		conclude(l, ENVIRONMENT_ADVICE, value,
			 "for counters without root: sysctl "
			 "kernel.perf_event_paranoid=2");
}

static void check_clocksource(struct look *l)
{
	char value[64];

	if (!get(l,
		 "/sys/devices/system/clocksource/clocksource0/"
		 "current_clocksource",
		 value, sizeof(value)))
		conclude(l, ENVIRONMENT_UNKNOWN, "unknown",
			 "dmesg | grep -i clocksource");
	else if (!strcmp(value, "tsc"))
		good(l, value);
	else
		conclude(l, ENVIRONMENT_ADVICE, value, "%s",
			 l->guest ? "give the guest an invariant TSC (QEMU: "
				    "-cpu host,+invtsc)"
				  : "the kernel distrusts the TSC: dmesg | "
				    "grep -i tsc shows why");
}

static void check_tsc(struct look *l)
{
	bool constant = has_flag(l, "constant_tsc");
	bool nonstop = has_flag(l, "nonstop_tsc");

	if (constant && nonstop)
		good(l, "constant, nonstop");
	else
		conclude(l, ENVIRONMENT_ADVICE,
			 constant ? "constant, stops in deep idle"
				  : "changes with the frequency",
			 "%s",
			 l->guest ? "give the guest an invariant TSC (QEMU: "
				    "-cpu host,+invtsc)"
				  : "fix the frequency and keep the CPU from "
				    "idling, or take a newer CPU");
}

void environment_check(struct environment *e, const char *root,
		       unsigned int cpu, unsigned int watch_ms)
{
	static const struct {
		const char *name;
		void (*check)(struct look *l);
	} checks[] = {
		{"hypervisor", check_hypervisor},
		{"steal", check_steal},
		{"smt", check_smt},
		{"turbo", check_turbo},
		{"governor", check_governor},
		{"frequency", check_frequency},
		{"idle_states", check_idle},
		{"isolated", check_isolated},
		{"nohz_full", check_nohz_full},
		{"rcu_nocbs", check_rcu_nocbs},
		{"interrupts", check_interrupts},
		{"nmi_watchdog", check_nmi_watchdog},
		{"huge_pages", check_huge_pages},
		{"load", check_load},
		{"clocksource", check_clocksource},
		{"tsc", check_tsc},
		{"perf_event_paranoid", check_paranoid},
		{"mitigations", check_mitigations},
	};
	struct look l = {.root = root, .cpu = cpu, .watch_ms = watch_ms};
	size_t i;

	_Static_assert(ARRAY_SIZE(checks) <= ENVIRONMENT_FINDINGS,
		       "a place for each finding");
	l.guest = has_flag(&l, "hypervisor");
	e->n = ARRAY_SIZE(checks);
	for (i = 0; i < e->n; i++) {
		l.f = &e->finding[i];
		*l.f = (struct environment_finding){.name = checks[i].name};
		checks[i].check(&l);
	}
}

const struct environment_finding *environment_find(const struct environment *e,
						   const char *name)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		if (!strcmp(e->finding[i].name, name))
			return &e->finding[i];
	}
	return NULL;
}

const char *environment_state_name(enum environment_state state)
{
	static const char *const names[ENVIRONMENT_STATES] = {
		[ENVIRONMENT_GOOD] = "good",
		[ENVIRONMENT_ADVICE] = "advice",
		[ENVIRONMENT_UNKNOWN] = "unknown",
	};

	return names[state];
}
