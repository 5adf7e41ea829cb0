// SPDX-License-Identifier: GPL-2.0
#include "rejudge.h"

#include <limits.h>
#include <stdio.h>

#include "held.h"
#include "resultchild.h"
#include "resultjson.h"
#include "tempfolder.h"

/* Claims are judged from their draws in no time, seconds. */
#define JUDGE_LIMIT 120.0

struct result *rejudge(const json_t *claims, const struct crosscheck_options *o,
		       size_t draws, char why[256])
{
	char folder[TEMPFOLDER_BYTES], path[PATH_MAX], most[32];
	const char *argv[] = {o->switchcost, "claims", "--json", "--from", path,
			      NULL,	     NULL,     NULL,	 NULL};
	const char **end = argv + 5;
	struct result *again = NULL;
	struct error err = {0};
	int code;

	if (tempfolder_make(folder, &err)) {
		snprintf(why, 256, "%.255s", err.text);
		return NULL;
	}
	snprintf(most, sizeof(most), "%zu", draws);
	if (draws) {
		*end++ = "--draws";
		*end++ = most;
	}
	*end = o->catalogue;
	snprintf(path, sizeof(path), "%s/claims.json", folder);
	if (json_dump_file(claims, path, JSON_REAL_PRECISION(17)))
		snprintf(why, 256, "%.200s: cannot write it", path);
	else
		again = result_of_command((char *const *)argv, "", JUDGE_LIMIT,
					  why, &code);
	tempfolder_remove(folder);
	return again;
}

/* The most draws that a case was judged by. */
static size_t most_draws(const json_t *claims)
{
	const json_t *claim, *one;
	size_t most = 0, i, k, n;

	json_array_foreach(json_object_get(claims, "claims"), i, claim) {
		json_array_foreach(json_object_get(claim, "cases"), k, one) {
			n = (size_t)json_integer_value(
				json_object_get(one, "draws"));
			most = n > most ? n : most;
		}
	}
	return most;
}

int rejudge_to_fit(struct bundle *bundle, const struct crosscheck_options *o,
		   struct error *err)
{
	json_t **claims = &bundle->parts[BUNDLE_CLAIMS];
	struct result *again;
	char why[256] = "";
	size_t most;

	while (bundle_bytes(bundle) > BUNDLE_MOST &&
	       (most = most_draws(*claims)) > 1) {
		/* One less than a look has is what the look before it has. */
		again = rejudge(*claims, o, most - 1, why);
		if (!again)
			return error_set(err, EXIT_IMPOSSIBLE, "claims: %s",
					 why);
		json_decref(*claims);
		*claims = held_of(BUNDLE_CLAIMS, result_json(again));
		result_free(again);
	}
	return 0;
}
