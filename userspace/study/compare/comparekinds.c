// SPDX-License-Identifier: GPL-2.0
#include "comparekinds.h"

#include <stddef.h>

#define SAME(...)                        \
	(const struct compare_key[])     \
	{                                \
		__VA_ARGS__,             \
		{                        \
			NULL, NULL, NULL \
		}                        \
	}
#define FIGURES(...)                      \
	(const struct compare_figure[])   \
	{                                 \
		__VA_ARGS__,              \
		{                         \
			NULL, NULL, false \
		}                         \
	}
#define LISTS(...)                    \
	(const struct compare_list[]) \
	{                             \
		__VA_ARGS__           \
	}
#define NO_LIST {.path = NULL}

static const struct compare_kind kinds[] = {
	{.verb = "claims",
	 .has = "catalogue claims",
	 .same = SAME({"catalogue.name", "catalogue", NULL}),
	 .figures = FIGURES({NULL, NULL, false}),
	 .lists = LISTS({"claims", "id", {"measured", "ci", false}, "verdict"},
			NO_LIST)},
	{.verb = "fidelity",
	 .has = "?faithful",
	 .valid = "valid",
	 .processes = true,
	 .same = SAME({"trace.scenario", "scenario", NULL},
		      {"state", "state", NULL}),
	 .figures = FIGURES({"live_cycles", "live_ci", true},
			    {"replay_cycles", "replay_ci", true},
			    {"ratio", "ratio_ci", false}),
	 .lists = LISTS(NO_LIST)},
	{.verb = "explain",
	 .has = "?closes_within parts",
	 .valid = "valid",
	 .same = SAME({"function", "C function", NULL}),
	 .figures = FIGURES({"live.mean_ns", "live.mean_ns_ci", false},
			    {"live.on_cpu_ns", "live.on_cpu_ns_ci", false},
			    {"live.p50_ns", "live.p50_ns_ci", false},
			    {"live.p99_ns", "live.p99_ns_ci", false}),
	 .lists = LISTS({"parts", "name", {"ns", "ns_ci", false}, NULL},
			NO_LIST)},
	{.verb = "profile",
	 .has = "?closure classes backend",
	 .valid = "valid",
	 .same = SAME({"sequence", "sequence", "trace.scenario"},
		      {"trace.scenario", "scenario", NULL},
		      {"state", "state", NULL}, {"backend", "backend", NULL}),
	 .figures = FIGURES({"cycles", NULL, true}),
	 .lists = LISTS(
		 {"functions", "name", {"cycles", "cycles_ci", false}, NULL},
		 {"classes", "name", {"cycles", "cycles_ci", false}, NULL},
		 NO_LIST)},
	{.verb = "replay",
	 .has = "backend isolation sequence ?cycles",
	 .valid = "valid",
	 .processes = true,
	 .same = SAME({"sequence", "sequence", "trace.scenario"},
		      {"trace.scenario", "scenario", NULL},
		      {"state", "state", NULL}, {"backend", "backend", NULL},
		      {"isolation", "isolation level", NULL}),
	 .figures =
		 FIGURES({"cycles", NULL, true}, {"back_to_back", NULL, true}),
	 .lists = LISTS(NO_LIST)},
};

const struct compare_kind *compare_kind_of(const struct result *result)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (result_holds(result, kinds[i].has))
			return &kinds[i];
	}
	return NULL;
}
