// SPDX-License-Identifier: GPL-2.0
#include "states.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Replacement isn't LRU: reading a cache's size once spares some of it. */
#define SWEEP_FACTOR 2u

#define DATA(kind, name, member, ...) \
	{name, offsetof(struct swc_state, member), 0, __VA_ARGS__},
#define CODE(kind, name, ...) {name, -1, __VA_ARGS__},

const struct state_row state_rows[STATE_KINDS] = {STATE_TABLE(DATA, CODE)};

/* The engine's set of regions for a kind of data. */
static struct swc_region_set *set_of(struct swc_state *s, enum state_kind kind)
{
	return (struct swc_region_set *)((char *)s + state_rows[kind].set);
}

bool state_asks(const struct swc_state *state, enum state_kind kind,
		uint32_t region)
{
	const struct state_row *row = &state_rows[kind];
	const struct swc_region_set *set;

	if (state_is_of_code(kind))
		return state->flags & row->flag;
	set = (const void *)((const char *)state + row->set);
	return set->bits[region / 64] >> (region % 64) & 1;
}

static int find_kind(const char *text, size_t length)
{
	enum state_kind kind;

	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (strlen(state_kind_name(kind)) == length &&
		    !strncmp(state_kind_name(kind), text, length))
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

/* A list without a name, or with a comma that nothing stands before or after. */
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
		return error_set(
			err, EXIT_USAGE,
			"no state \"%.64s\"; choose one of warm" STATE_NAMES,
			text);
	} else if (text[length] &&
		   (lacks_name(regions) || state_is_of_code(kind))) {
		return error_set(err, EXIT_USAGE, "state \"%.64s\": %s", text,
				 lacks_name(regions)
					 ? "which regions? name them, or leave "
					   "the colon out"
					 : "code lies in no region; leave the "
					   "regions out");
	} else if (states->given[kind]) {
		return error_set(err, EXIT_USAGE,
				 "state %s twice: name all its regions at once",
				 state_kind_name(kind));
	} else if (strlen(regions) >= STATES_TEXT) {
		return error_set(err, EXIT_USAGE,
				 "state %s: too many regions: name fewer",
				 state_kind_name(kind));
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
				 used ? " + " : "", state_kind_name(kind),
				 *states->regions[kind] ? ":" : "",
				 states->regions[kind]);
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

/* Lines lie at one place: in L2, beyond it, or in memory. */
static int check_region(const struct swc_state *state, const struct sequence *s,
			uint32_t region, struct error *err)
{
	enum state_kind kind, first = STATE_KINDS;

	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (state_is_of_code(kind) || state_is_by_page(kind) ||
		    !state_asks(state, kind, region))
			continue;
		if (first != STATE_KINDS)
			return error_set(err, EXIT_USAGE,
					 "%s: region %s can't be cold in two "
					 "ways: choose %s or %s for it",
					 s->path, s->region_names.list[region],
					 state_kind_name(first),
					 state_kind_name(kind));
		first = kind;
	}
	return 0;
}

static int check_data(const struct swc_state *state, const struct sequence *s,
		      struct error *err)
{
	size_t i;

	for (i = 0; i < s->region_names.n; i++) {
		if (check_region(state, s, i, err))
			return -1;
	}
	return 0;
}

static int sweep_size(const struct geometry *g, enum geometry_level level,
		      uint32_t *bytes, struct error *err)
{
	uint64_t size = g->cache[level].bytes * SWEEP_FACTOR;

	if (!size || size > SWC_MAX_SWEEP_BYTES)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"state: the size of %s, %" PRIu64
			" bytes, is not usable: this CPU or its "
			"hypervisor doesn't report it; choose cold-all",
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

static int take_touches(const struct sequence *s, struct swc_state *out,
			struct error *err)
{
	if (!s->touches)
		return error_set(err, EXIT_USAGE,
				 "%s: state recorded: it isn't known what the "
				 "program touched between two calls; record "
				 "it again, with a larger --before",
				 s->path);
	out->touches = (uintptr_t)s->touches;
	out->ntouches = s->ntouches;
	return 0;
}

int states_resolve(const struct states *states, const struct sequence *s,
		   const struct geometry *geometry, struct swc_state *out,
		   struct error *err)
{
	enum state_kind kind;

	*out = (struct swc_state){0};
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (!states->given[kind])
			continue;
		out->flags |= state_rows[kind].flag;
		if (!state_is_of_code(kind) &&
		    resolve_regions(states->regions[kind], s, set_of(out, kind),
				    err))
			return -1;
	}
	if (states->given[STATE_COLD_L1D] &&
	    sweep_size(geometry, GEOMETRY_L1D, &out->l1d_bytes, err))
		return -1;
	if (states->given[STATE_COLD_L2]) {
		if (sweep_size(geometry, GEOMETRY_L2, &out->l2_bytes, err))
			return -1;
		take_l2_sets(&geometry->cache[GEOMETRY_L2], out);
	}
	if (states->given[STATE_RECORDED] && take_touches(s, out, err))
		return -1;
	return check_data(out, s, err);
}
