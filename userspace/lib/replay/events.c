// SPDX-License-Identifier: GPL-2.0
#include "events.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "eventname.h"
#include "sysfspmu.h"

/*
 * So many of the default events are counted at once. Some events can use some
 * counters only, and the NMI watchdog holds one: half of the eight that most
 * CPUs have always fits.
 */
#define DEFAULT_AT_ONCE 4u

/*
 * The default set: for each event, the names that vendors and generations have
 * for it. The first name that the detected PMU knows is counted.
 */
static const char *const defaults[][4] = {
	{"INST_RETIRED:ANY_P", "RETIRED_INSTRUCTIONS"},
	{"CPU_CLK_UNHALTED:THREAD_P", "CYCLES_NOT_IN_HALT"},
	/* Loads that miss the first dTLB and hit the second level. */
	{"DTLB_LOAD_MISSES:STLB_HIT", "L1_DTLB_MISS:TLB_RELOAD_4K_L2_HIT"},
	/* Walks: for loads, for stores; AMD's events count both. */
	{"DTLB_LOAD_MISSES:WALK_COMPLETED",
	 "L1_DTLB_MISS:TLB_RELOAD_4K_L2_MISS"},
	{"DTLB_STORE_MISSES:WALK_COMPLETED"},
	/* Likewise for code. */
	{"ITLB_MISSES:STLB_HIT", "L1_ITLB_MISS_L2_ITLB_HIT"},
	{"ITLB_MISSES:WALK_COMPLETED", "L1_ITLB_MISS_L2_ITLB_MISS:IF4K"},
	/* Lines that replace others in L1d. */
	{"L1D:REPLACEMENT", "L1D:REPL",
	 "DATA_CACHE_REFILLS_FROM_SYSTEM:MABRESP_LCL_L2"},
	/* Lines that L2 takes in; that leave it, dropped and written back. */
	{"L2_LINES_IN:ALL", "L2_LINES_IN:ANY"},
	{"L2_LINES_OUT:SILENT", "L2_LINES_OUT:ANY"},
	{"L2_LINES_OUT:NON_SILENT"},
	/* Mispredicted: all branches, returns. */
	{"BR_MISP_RETIRED:ALL_BRANCHES", "BR_MISP_EXEC:ANY",
	 "RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED"},
	{"BR_MISP_RETIRED:RET", "BR_MISP_RETIRED:NEAR_RETURN",
	 "BR_MISP_EXEC:RETURN_NEAR", "RETIRED_NEAR_RETURNS_MISPREDICTED"},
};

_Static_assert(ARRAY_SIZE(defaults) <= EVENTS_MAX, "a place for each");

static int no_pmu(const struct pmu *pmu, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "--events: %s", pmu->why);
}

static int take_defaults(struct events *events, const struct pmu *pmu,
			 struct error *err)
{
	const char *name = NULL;
	struct event *e;
	size_t i, j;

	if (!pmu->available)
		return no_pmu(pmu, err);
	for (i = 0; i < ARRAY_SIZE(defaults); i++) {
		e = &events->list[events->n];
		for (j = 0; j < ARRAY_SIZE(defaults[i]); j++) {
			name = defaults[i][j];
			if (name && eventname_exists(name, &e->encoding))
				break;
		}
		if (j == ARRAY_SIZE(defaults[i]))
			continue;
		snprintf(e->name, sizeof(e->name), "%s", name);
		events->n++;
	}
	events->at_once = DEFAULT_AT_ONCE;
	if (events->at_once > pmu->counters)
		events->at_once = pmu->counters;
	if (!events->n)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"--events default: libpfm4 knows no PMU of this "
			"CPU; name events as perf does, "
			"cpu/event=...,umask=.../");
	return 0;
}

/* The kernel's own PMUs of the CPU have fixed numbers, except on hybrids. */
static bool is_cpus(const struct swc_event *e)
{
	return e->type == PERF_TYPE_HARDWARE || e->type == PERF_TYPE_HW_CACHE ||
	       e->type == PERF_TYPE_RAW;
}

/* These count in handlers; a reading of them beside a replay says nothing. */
static bool is_handled(const struct swc_event *e)
{
	return e->type == PERF_TYPE_SOFTWARE ||
	       e->type == PERF_TYPE_TRACEPOINT ||
	       e->type == PERF_TYPE_BREAKPOINT;
}

/* So do probes, which are PMUs to perf. */
static bool is_probe(const char *name)
{
	return !strncmp(name, "kprobe/", strlen("kprobe/")) ||
	       !strncmp(name, "uprobe/", strlen("uprobe/"));
}

static int resolve(struct event *e, const char *root, struct error *err)
{
	int rc;

	if (strchr(e->name, '/'))
		rc = sysfspmu_encode(&e->encoding, e->name, root, err);
	else
		rc = eventname_encode(&e->encoding, e->name, err);
	if (!rc && (is_handled(&e->encoding) || is_probe(e->name)))
		rc = error_set(err, EXIT_USAGE,
			       "event \"%s\": the kernel's own, not a PMU's: "
			       "nothing of it happens in a replay",
			       e->name);
	return rc;
}

static int take_one(struct events *events, const char *name, size_t length,
		    const char *root, struct error *err)
{
	struct event *e = &events->list[events->n];

	if (!length)
		return error_set(err, EXIT_USAGE,
				 "--events: a name is empty; separate names by "
				 "single commas");
	if (events->n == SWC_MAX_EVENTS)
		return error_set(
			err, EXIT_USAGE,
			"--events: more than %u events: name fewer, or "
			"replay again",
			SWC_MAX_EVENTS);
	snprintf(e->name, sizeof(e->name), "%.*s", (int)length, name);
	if (length >= sizeof(e->name))
		return error_set(err, EXIT_USAGE,
				 "--events: \"%.40s...\" is longer than any "
				 "event's name",
				 e->name);
	events->n++;
	return resolve(e, root, err);
}

/* A name ends at the next comma, but not between a PMU's slashes. */
static size_t name_length(const char *text)
{
	size_t length = strcspn(text, ",/");

	if (text[length] == '/') {
		length++;
		length += strcspn(text + length, "/");
		length += strcspn(text + length, ",");
	}
	return length;
}

static int check_counters(const struct events *events, const struct pmu *pmu,
			  struct error *err)
{
	unsigned int i, cpus = 0;

	for (i = 0; i < events->n; i++)
		cpus += is_cpus(&events->list[i].encoding);
	if (!cpus)
		return 0;
	if (!pmu->available)
		return no_pmu(pmu, err);
	if (cpus > pmu->counters + pmu->fixed)
		return error_set(err, EXIT_USAGE,
				 "--events: %u events, but the CPU has %u "
				 "counters and %u with an event of their own: "
				 "name fewer, or replay again",
				 cpus, pmu->counters, pmu->fixed);
	return 0;
}

int events_parse(struct events *events, const char *text, const struct pmu *pmu,
		 const char *root, struct error *err)
{
	size_t length;

	*events = (struct events){0};
	if (!strcmp(text, "default"))
		return take_defaults(events, pmu, err);
	for (;;) {
		length = name_length(text);
		if (take_one(events, text, length, root, err))
			return -1;
		text += length;
		if (!*text)
			break;
		text++;
	}
	events->at_once = events->n;
	return check_counters(events, pmu, err);
}

unsigned int events_of_round(const struct events *events, unsigned int round,
			     unsigned int *first)
{
	unsigned int rotation, left;

	rotation = (events->n + events->at_once - 1) / events->at_once;
	*first = round % rotation * events->at_once;
	left = events->n - *first;
	return left < events->at_once ? left : events->at_once;
}
