// SPDX-License-Identifier: GPL-2.0
#include "states.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Replacement isn't LRU: reading a cache's size once spares some of it. */
#define SWEEP_FACTOR 2u

static const char *const names[STATE_KINDS] = {
	[STATE_COLD_L1D] = "cold-l1d",	 [STATE_COLD_L2] = "cold-l2",
	[STATE_COLD_ALL] = "cold-all",	 [STATE_COLD_DTLB] = "cold-dtlb",
	[STATE_COLD_ITLB] = "cold-itlb", [STATE_COLD_CODE] = "cold-code",
};

const char *state_kind_name(enum state_kind kind)
{
	return names[kind];
}

static bool concerns_code(enum state_kind kind)
{
	return kind == STATE_COLD_ITLB || kind == STATE_COLD_CODE;
}

static int find_kind(const char *text, size_t length)
{
	enum state_kind kind;

	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (strlen(names[kind]) == length &&
		    !strncmp(names[kind], text, length))
			return kind;
	}
	return -1;
}

static bool any_given(const struct states *states)
{
	enum state_kind kind;

	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (states->given[kind])
			return true;
	}
	return false;
}

/* A list without a name, or with a comma that nothing stands before or behind. */
static bool lacks_name(const char *regions)
{
	size_t length = strlen(regions);

	return !length || regions[0] == ',' || regions[length - 1] == ',' ||
	       strstr(regions, ",,");
}

int states_add(struct states *states, const char *text, struct error *err)
{
	size_t length = strcspn(text, ":");
	const char *regions = text[length] ? text + length + 1 : "";
	int kind = find_kind(text, length);

	if (!strcmp(text, "warm")) {
		states->warm = true;
	} else if (kind < 0) {
		return error_set(err, EXIT_USAGE,
				 "no state \"%.64s\"; choose warm, cold-l1d, "
				 "cold-l2, cold-all, cold-dtlb, cold-itlb or "
				 "cold-code",
				 text);
	} else if (text[length] &&
		   (lacks_name(regions) || concerns_code(kind))) {
		return error_set(err, EXIT_USAGE, "state \"%.64s\": %s", text,
				 lacks_name(regions)
					 ? "which regions? name them, or leave "
					   "the colon out"
					 : "code lies in no region; leave the "
					   "regions out");
	} else if (states->given[kind]) {
		return error_set(err, EXIT_USAGE,
				 "state %s twice: name all its regions at once",
				 names[kind]);
	} else if (strlen(regions) >= STATES_TEXT) {
		return error_set(err, EXIT_USAGE,
				 "state %s: too many regions: name fewer",
				 names[kind]);
	} else {
		states->given[kind] = true;
		strcpy(states->regions[kind], regions);
	}
	if (states->warm && any_given(states))
		return error_set(err, EXIT_USAGE,
				 "state warm contradicts every other: name one "
				 "of them");
	return 0;
}

bool states_are_warm(const struct states *states)
{
	return !any_given(states);
}

void states_print(const struct states *states, char *text, size_t bytes)
{
	enum state_kind kind;
	size_t used = 0;

	snprintf(text, bytes, "warm");
	for (kind = 0; kind < STATE_KINDS && used < bytes; kind++) {
		if (!states->given[kind])
			continue;
		used += snprintf(text + used, bytes - used, "%s%s%s%s",
				 used ? " + " : "", names[kind],
				 *states->regions[kind] ? ":" : "",
				 states->regions[kind]);
	}
}

/* The engine's set for a kind; NULL: it concerns code. */
static struct swc_region_set *set_of(struct swc_state *s, enum state_kind kind)
{
	switch (kind) {
	case STATE_COLD_L1D:
		return &s->l1d;
	case STATE_COLD_L2:
		return &s->l2;
	case STATE_COLD_ALL:
		return &s->memory;
	case STATE_COLD_DTLB:
		return &s->dtlb;
	default:
		return NULL;
	}
}

static void add_region(struct swc_region_set *set, uint32_t region)
{
	set->bits[region / 64] |= 1ull << (region % 64);
}

static int no_region(const struct sequence *s, const char *name,
		     struct error *err)
{
	return error_set(err, EXIT_USAGE,
			 "%s: no region \"%.64s\" to make cold; switchcost "
			 "show lists them",
			 s->path, name);
}

/* Fill @set with the regions of a list, or with all. */
static int resolve_regions(const char *list, const struct sequence *s,
			   struct swc_region_set *set, struct error *err)
{
	char copy[STATES_TEXT], *name, *rest = NULL;
	size_t i;
	int region;

	for (i = 0; !*list && i < s->region_names.n; i++)
		add_region(set, i);
	strcpy(copy, list);
	for (name = strtok_r(copy, ",", &rest); name;
	     name = strtok_r(NULL, ",", &rest)) {
		region = names_find(&s->region_names, name);
		if (region < 0)
			return no_region(s, name, err);
		add_region(set, region);
	}
	return 0;
}

/* Data lie at one place: in L2, beyond it, or in memory. */
static int check_data(const struct swc_state *state, const struct sequence *s,
		      struct error *err)
{
	size_t i;
	int n;

	for (i = 0; i < s->region_names.n; i++) {
		n = (state->l1d.bits[i / 64] >> (i % 64) & 1) +
		    (state->l2.bits[i / 64] >> (i % 64) & 1) +
		    (state->memory.bits[i / 64] >> (i % 64) & 1);
		if (n > 1)
			return error_set(
				err, EXIT_USAGE,
				"%s: region %s can't be cold in two "
				"ways: choose one of cold-l1d, cold-l2 "
				"and cold-all for it",
				s->path, s->region_names.list[i]);
	}
	return 0;
}

static int sweep_size(const struct geometry *g, enum geometry_level level,
		      uint32_t *bytes, struct error *err)
{
	uint64_t size = g->cache[level].bytes * SWEEP_FACTOR;

	if (!size || size > SWC_MAX_SWEEP_BYTES)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "state: the size of %s, %" PRIu64
				 " bytes, is not usable: this CPU or its "
				 "hypervisor doesn't tell; choose cold-all",
				 geometry_level_name(level), size);
	*bytes = size;
	return 0;
}

/* How to evict set by set, if the engine can by this geometry. */
static void take_l2_sets(const struct geometry_cache *l2, struct swc_state *out)
{
	struct swc_state sets = {0};

	if (l2->hashed == GEOMETRY_YES || !l2->ways)
		return;
	sets.l2_ways = l2->ways;
	sets.l2_way_bytes = l2->bytes / l2->ways;
	if (swc_state_check(&sets, 0))
		return;
	out->l2_ways = sets.l2_ways;
	out->l2_way_bytes = sets.l2_way_bytes;
}

int states_resolve(const struct states *states, const struct sequence *s,
		   const struct geometry *geometry, struct swc_state *out,
		   struct error *err)
{
	enum state_kind kind;

	*out = (struct swc_state){0};
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (states->given[kind] && set_of(out, kind) &&
		    resolve_regions(states->regions[kind], s, set_of(out, kind),
				    err))
			return -1;
	}
	if (states->given[STATE_COLD_CODE])
		out->flags |= SWC_STATE_COLD_CODE;
	if (states->given[STATE_COLD_ITLB])
		out->flags |= SWC_STATE_COLD_ITLB;
	if (states->given[STATE_COLD_L1D] &&
	    sweep_size(geometry, GEOMETRY_L1D, &out->l1d_bytes, err))
		return -1;
	if (states->given[STATE_COLD_L2]) {
		if (sweep_size(geometry, GEOMETRY_L2, &out->l2_bytes, err))
			return -1;
		take_l2_sets(&geometry->cache[GEOMETRY_L2], out);
	}
	return check_data(out, s, err);
}
