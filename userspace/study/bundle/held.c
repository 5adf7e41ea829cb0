// SPDX-License-Identifier: GPL-2.0
#include "held.h"

#include "engine/freestanding.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES 256

/*
 * Paths of keys; an element of a list has the list's own, and "*" stands for any key. What
 * lies below a path is held, too.
 */
static const char *const doctor[] = {
	"selftest",
	"why",
	"cpu",
	"core_per_tsc",
	"resolution_cycles",
	"fit.rms_cycles",
	"fit.slope",
	"fit.slot_cycles",
	"fit.half_width_cycles",
	"fit.frame_ticks",
	"null_cycles",
	"chains",
	"selftests",
	"kinds.name",
	"kinds.counts",
	"kinds.cycles",
	"kinds.cycles_lo",
	"kinds.cycles_hi",
	"kinds.slope",
	"kinds.off_by",
	"kinds.allowed",
	"kinds.in_proportion",
	"kinds.pedestal_slope",
	"kinds.pedestal_slopes",
	"kinds.independent",
	"kinds.back_to_back",
	"states.*.available",
	"states.*.made_by",
	"states.*.extra_cycles_per_access",
	"geometry.vendor",
	"environment.name",
	"environment.state",
	"provenance",
	"sums",
	"blocks",
	NULL,
};

static const char *const record[] = {
	"instructions", "loads",	 "stores",
	"functions",	"variants.hash", "variants.count",
	"repetitions",	"provenance",	 "variants.instructions",
	NULL,
};

static const char *const replay[] = {
	"sequence_digest",
	"state",
	"ops",
	"loads",
	"stores",
	"atomics",
	"calls",
	"rets",
	"branches",
	"switches",
	"ticks",
	"cycles",
	"isolated",
	"back_to_back",
	"loop_cycles",
	"frame_rest_cycles",
	"samples",
	"backend",
	"isolation",
	"cpu",
	"valid",
	"why",
	"core_per_tsc",
	"clock.core_per_tsc",
	"clock.calibrated",
	"clock.drift",
	"frame_ticks",
	"frame_constant_cycles",
	"systematic_cycles",
	"selftest",
	"processes",
	"seed",
	"provenance",
	"sums",
	NULL,
};

/* Without what the catalogue says, and how long it took. */
static const char *const claims[] = {
	"catalogue",
	"verdicts",
	"control",
	"go",
	"claims.id",
	"claims.verdict",
	"claims.as_far_as_it_means",
	"claims.measured",
	"claims.ci",
	"claims.draws",
	"claims.chance_of_error",
	"claims.flips_if_moved_by",
	"claims.withdrawn",
	"claims.evidence",
	"claims.versions",
	"claims.cases",
	"provenance",
	NULL,
};

static const char *const *const held[BUNDLE_PARTS] = {
	[BUNDLE_DOCTOR] = doctor,
	[BUNDLE_RECORD] = record,
	[BUNDLE_REPLAY] = replay,
	[BUNDLE_CLAIMS] = claims,
};

enum reach { OUTSIDE, ABOVE, HELD };

/* Is @path a path that is held, or does it lead there? */
static enum reach reach_by(const char *pattern, const char *path)
{
	size_t one, other;

	for (;;) {
		one = strcspn(pattern, ".");
		other = strcspn(path, ".");
		if ((one != 1 || *pattern != '*') &&
		    (one != other || memcmp(pattern, path, one)))
			return OUTSIDE;
		pattern += one;
		path += other;
		if (!*path || !*pattern)
			return *pattern ? ABOVE : HELD;
		pattern++;
		path++;
	}
}

static enum reach reach_of(const char *const *patterns, const char *path)
{
	enum reach best = OUTSIDE, found;

	for (; *patterns; patterns++) {
		found = reach_by(*patterns, path);
		if (found > best)
			best = found;
	}
	return best;
}

static json_t *only(const char *const *patterns, const char *path,
		    const json_t *json);

static void add(json_t *to, const char *const *patterns, const char *path,
		const char *key, const json_t *value)
{
	char longer[PATH_BYTES];

	snprintf(longer, sizeof(longer), "%s%s%s", path, *path ? "." : "", key);
	switch (reach_of(patterns, longer)) {
	case HELD:
		json_object_set(to, key, (json_t *)value);
		break;
	case ABOVE:
		json_object_set_new(to, key, only(patterns, longer, value));
		break;
	case OUTSIDE:
		break;
	}
}

/* Above the paths there are objects, and lists of them. */
static json_t *only(const char *const *patterns, const char *path,
		    const json_t *json)
{
	json_t *to = json_is_array(json) ? json_array() : json_object(), *value;
	const char *key;
	size_t i;

	json_object_foreach((json_t *)json, key, value)
		add(to, patterns, path, key, value);
	json_array_foreach((json_t *)json, i, value)
		json_array_append_new(to, only(patterns, path, value));
	return to;
}

static json_t *first_of(const json_t *list, size_t n)
{
	json_t *first = json_array(), *value;
	size_t i;

	json_array_foreach((json_t *)list, i, value) {
		if (i < n)
			json_array_append(first, value);
	}
	return first;
}

/*
 * A verdict looks at draws when there are 9, 14, 21 and so on. Those after the last look
 * decide nothing, and where there were fewer than 9, none does.
 */
static void drop_undecided(json_t *all)
{
	json_t *claim, *one, *list;
	const char *const keys[] = {"drawn", "over"};
	size_t i, k, m, n;

	json_array_foreach(json_object_get(all, "claims"), i, claim) {
		json_array_foreach(json_object_get(claim, "cases"), k, one) {
			n = (size_t)json_integer_value(
				json_object_get(one, "draws"));
			for (m = 0; m < ARRAY_SIZE(keys); m++) {
				list = json_object_get(one, keys[m]);
				if (list)
					json_object_set_new(one, keys[m],
							    first_of(list, n));
			}
		}
	}
}

json_t *held_of(enum bundle_part part, const json_t *json)
{
	json_t *all;

	if (!held[part])
		return json_incref((json_t *)json);
	all = json_deep_copy(json);
	if (part == BUNDLE_CLAIMS)
		drop_undecided(all);
	json = only(held[part], "", all);
	json_decref(all);
	return (json_t *)json;
}

bool held_is_all(enum bundle_part part, const json_t *json)
{
	json_t *all = held_of(part, json);
	bool equal = json_equal(all, (json_t *)json);

	json_decref(all);
	return equal;
}
