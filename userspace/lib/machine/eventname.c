// SPDX-License-Identifier: GPL-2.0
#include "eventname.h"

#include <linux/perf_event.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "nearest.h"

/* Return: a code of libpfm4. */
static int encode(const char *name, struct perf_event_attr *attr)
{
	pfm_perf_encode_arg_t arg = {.size = sizeof(arg), .attr = attr};
	int rc = pfm_initialize();

	*attr = (struct perf_event_attr){.size = sizeof(*attr)};
	if (rc != PFM_SUCCESS)
		return rc;
	return pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3,
					 PFM_OS_PERF_EVENT_EXT, &arg);
}

/* "skl::L1D:REPLACEMENT" without the PMU. */
static const char *without_pmu(const char *name)
{
	const char *colons = strstr(name, "::");

	return colons ? colons + 2 : name;
}

/* A search for a name, and the nearest names found. */
struct search {
	const char *name;	  /* without its PMU */
	char stem[NEAREST_BYTES]; /* the event, without its unit */
	bool has_unit;
	struct nearest events;
	struct nearest units;
	char all_units[160]; /* of the event, where none was named */
	char pmu[64];	     /* the CPU's; empty: libpfm4 knows none */
};

static void see_unit(struct search *s, const char *event, const char *unit)
{
	size_t used = strlen(s->all_units);
	char full[NEAREST_BYTES];

	snprintf(full, sizeof(full), "%s:%s", event, unit);
	if (s->has_unit)
		nearest_offer(&s->units, full);
	else
		snprintf(s->all_units + used, sizeof(s->all_units) - used,
			 "%s%s", used ? ", " : "; it needs one of ", full);
}

/* The event is right, so its unit isn't. */
static void see_units(struct search *s, const pfm_event_info_t *event)
{
	pfm_event_attr_info_t unit;
	int i;

	for (i = 0; i < event->nattrs; i++) {
		unit = (pfm_event_attr_info_t){.size = sizeof(unit)};
		if (pfm_get_event_attr_info(event->idx, i,
					    PFM_OS_PERF_EVENT_EXT,
					    &unit) == PFM_SUCCESS &&
		    unit.type == PFM_ATTR_UMASK)
			see_unit(s, event->name, unit.name);
	}
}

static void see_pmu(struct search *s, const pfm_pmu_info_t *pmu)
{
	pfm_event_info_t event;
	int i;

	if (pmu->type == PFM_PMU_TYPE_CORE)
		snprintf(s->pmu, sizeof(s->pmu), "%s", pmu->name);
	for (i = pmu->first_event; i != -1; i = pfm_get_event_next(i)) {
		event = (pfm_event_info_t){.size = sizeof(event)};
		if (pfm_get_event_info(i, PFM_OS_PERF_EVENT_EXT, &event) !=
		    PFM_SUCCESS)
			continue;
		if (strcasecmp(event.name, s->stem))
			nearest_offer(&s->events, event.name);
		else
			see_units(s, &event);
	}
}

/* Look at all that this CPU's PMUs have. */
static void search(struct search *s, const char *name)
{
	pfm_pmu_info_t pmu;
	pfm_pmu_t i;
	size_t stem;

	*s = (struct search){.name = without_pmu(name)};
	stem = strcspn(s->name, ":");
	snprintf(s->stem, sizeof(s->stem), "%.*s", (int)stem, s->name);
	s->has_unit = s->name[stem];
	s->events.wanted = s->stem;
	s->units.wanted = s->name;
	for (i = 0; i < PFM_PMU_MAX; i++) {
		pmu = (pfm_pmu_info_t){.size = sizeof(pmu)};
		if (pfm_get_pmu_info(i, &pmu) == PFM_SUCCESS && pmu.is_present)
			see_pmu(s, &pmu);
	}
}

static int unknown(const char *name, int code, struct error *err)
{
	char near[256];
	struct search s;

	search(&s, name);
	nearest_print(s.units.n ? &s.units : &s.events, near, sizeof(near));
	if (*s.pmu)
		return error_set(err, EXIT_USAGE,
				 "event \"%s\": %s in libpfm4's list for this "
				 "CPU (%s)%s",
				 name, pfm_strerror(code), s.pmu,
				 *s.all_units ? s.all_units : near);
	return error_set(
		err, EXIT_USAGE,
		"event \"%s\": %s, and libpfm4 knows no PMU of this "
		"CPU: write it as perf does, cpu/event=...,umask=.../%s",
		name, pfm_strerror(code), near);
}

static void take(struct swc_event *e, const struct perf_event_attr *attr)
{
	*e = (struct swc_event){
		.type = attr->type,
		.config = attr->config,
		.config1 = attr->config1,
		.config2 = attr->config2,
	};
}

bool eventname_exists(const char *name, struct swc_event *e)
{
	struct perf_event_attr attr;

	if (encode(name, &attr) != PFM_SUCCESS)
		return false;
	take(e, &attr);
	return true;
}

int eventname_encode(struct swc_event *e, const char *name, struct error *err)
{
	struct perf_event_attr attr;
	int code = encode(name, &attr);

	if (code != PFM_SUCCESS)
		return unknown(name, code, err);
	if (attr.exclude_kernel)
		return error_set(
			err, EXIT_USAGE,
			"event \"%s\": counts ring 3 only, but replays "
			"run in ring 0: leave out :u",
			name);
	if (attr.precise_ip || attr.sample_period)
		return error_set(err, EXIT_USAGE,
				 "event \"%s\": is for sampling; it is counted "
				 "here: leave out its period and precision",
				 name);
	take(e, &attr);
	return 0;
}
