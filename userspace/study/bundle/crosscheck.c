// SPDX-License-Identifier: GPL-2.0
#include "crosscheck.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "checking.h"
#include "held.h"
#include "rejudge.h"
#include "resultjson.h"

/* A machine's parts are measured one after the other, seconds. */
#define ONE_DAY 86400.0

/* The same word under a key of two parts. */
static bool has_same_word(const struct check *c, enum bundle_part a,
			  enum bundle_part b, const char *key)
{
	const char *first = result_word(check_part(c, a), key),
		   *second = result_word(check_part(c, b), key);

	return first && second && !strcmp(first, second);
}

/* Seconds since 1970, of "2026-11-30T23:54:06Z"; NAN: it is no date. */
static double date_of(const struct check *c, enum bundle_part part)
{
	const char *text = result_word(check_part(c, part), "provenance.date");
	struct tm tm = {0};
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm)
			       : NULL;

	return end && !*end ? (double)timegm(&tm) : NAN;
}

static int check_part_provenance(const struct check *c, enum bundle_part part)
{
	static const char *const keys[] = {"provenance.cpu",
					   "provenance.cpu_signature",
					   "provenance.microcode",
					   "provenance.kernel",
					   "provenance.hypervisor"};
	double later = date_of(c, part) - date_of(c, BUNDLE_DOCTOR);
	char what[128];
	size_t k;

	for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		if (has_same_word(c, BUNDLE_DOCTOR, part, keys[k]))
			continue;
		snprintf(what, sizeof(what),
			 "%s and doctor don't have the same %s",
			 bundle_part_name(part), keys[k]);
		return check_refuse(c, what);
	}
	if (later >= 0 && later <= ONE_DAY)
		return 0;
	return check_refuse(c, "its parts aren't of one day, one after the "
			       "other");
}

/*
 * The vendor names the folder of the machine's results, and only doctor says it. The
 * processor's name has it, too, where no hypervisor has made up another.
 */
static int check_vendor(const struct check *c)
{
	static const struct {
		const char *vendor;
		const char *name;
	} known[] = {
		{"GenuineIntel", "Intel"},
		{"AuthenticAMD", "AMD"},
		{"HygonGenuine", "Hygon"},
	};
	const struct result *d = check_part(c, BUNDLE_DOCTOR);
	const char *vendor = result_word(d, "geometry.vendor"),
		   *cpu = result_word(d, "provenance.cpu");
	bool found = false, other = false;
	size_t i;

	for (i = 0; vendor && cpu && i < sizeof(known) / sizeof(known[0]);
	     i++) {
		if (!strcmp(vendor, known[i].vendor))
			found = true;
		else if (strstr(cpu, known[i].name))
			other = true;
	}
	return found && !other ? 0
			       : check_refuse(c, "its processor's vendor isn't "
						 "known, or is another's");
}

/* All parts are of one machine, and all but the recording say of which version. */
static int check_provenance(const struct check *c)
{
	unsigned int i;

	for (i = 0; i < BUNDLE_PARTS; i++) {
		if (i != BUNDLE_SEQUENCE && check_part_provenance(c, i))
			return -1;
	}
	if (has_same_word(c, BUNDLE_DOCTOR, BUNDLE_REPLAY,
			  "provenance.switchcost") &&
	    has_same_word(c, BUNDLE_DOCTOR, BUNDLE_CLAIMS,
			  "provenance.switchcost"))
		return 0;
	return check_refuse(
		c, "its parts are of different versions of switchcost");
}

static double sum_of(const struct result *r, const char *list, const char *key)
{
	size_t n = check_length(r, list), i;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += check_at(r, list, i, key);
	return sum;
}

/* The recording's own counts agree, and it is of the program that claims are about. */
static int check_recording(const struct check *c)
{
	const struct result *r = check_part(c, BUNDLE_RECORD);
	const char *go = result_word(check_part(c, BUNDLE_CLAIMS), "go"),
		   *recorded = result_word(r, "provenance.go");
	size_t n = check_length(r, "variants");

	if (!n ||
	    sum_of(r, "variants", "count") != result_real(r, "repetitions"))
		return check_refuse(c, "the recording's variants aren't all "
				       "of its calls");
	if (check_at(r, "variants", 0, "instructions") !=
	    result_real(r, "instructions"))
		return check_refuse(c, "the recording's counts aren't those "
				       "of its first variant");
	if (sum_of(r, "functions", "instructions") !=
		    result_real(r, "instructions") ||
	    sum_of(r, "functions", "loads") != result_real(r, "loads") ||
	    sum_of(r, "functions", "stores") != result_real(r, "stores"))
		return check_refuse(c, "the recording's counts aren't those "
				       "of its functions");
	if (!go || !recorded || strcmp(go, recorded))
		return check_refuse(c, "recording and claims are of different "
				       "versions of Go");
	return 0;
}

/* Of the verdicts, and not of the run that judged. */
static json_t *verdicts_of(const json_t *claims)
{
	json_t *held = held_of(BUNDLE_CLAIMS, claims);

	json_object_del(held, "provenance");
	return held;
}

static bool are_same(const json_t *claims, const json_t *again)
{
	json_t *a = verdicts_of(claims), *b = verdicts_of(again);
	bool same = check_same_json(a, b);

	json_decref(a);
	json_decref(b);
	return same;
}

static int check_claims(const struct check *c,
			const struct crosscheck_options *o,
			struct crosschecked *found)
{
	const json_t *claims = c->bundle->parts[BUNDLE_CLAIMS];
	char why[256] = "";
	int rc = 0;

	found->claims = rejudge(claims, o, 0, why);
	if (!found->claims)
		return check_refuse(c, why);
	if (!json_equal(json_object_get(claims, "catalogue"),
			json_object_get(result_json(found->claims),
					"catalogue")))
		rc = check_refuse(c, "its claims are of another catalogue: "
				     "merge it with the version that measured "
				     "it");
	else if (!are_same(claims, result_json(found->claims)))
		rc = check_refuse(c, "an interval or a verdict isn't that of "
				     "the draws");
	if (rc)
		result_free(found->claims);
	return rc;
}

/* Nothing is there that isn't looked at. */
static int check_held(const struct check *c)
{
	char what[80];
	unsigned int i;

	for (i = 0; i < BUNDLE_PARTS; i++) {
		if (held_is_all(i, c->bundle->parts[i]))
			continue;
		snprintf(what, sizeof(what),
			 "%s holds more than merge computes again",
			 bundle_part_name(i));
		return check_refuse(c, what);
	}
	return 0;
}

int check_calls(const struct check *c, const struct crosscheck_options *options,
		struct crosschecked *found)
{
	return check_held(c) || check_provenance(c) || check_vendor(c) ||
			       check_recording(c) ||
			       check_replay(c, &found->isolated,
					    &found->back_to_back) ||
			       check_claims(c, options, found)
		       ? -1
		       : 0;
}

int crosscheck(const struct bundle *bundle, const char *path,
	       const struct crosscheck_options *options,
	       struct crosschecked *found, struct error *err)
{
	const struct check c = {bundle, path, err};

	if (check_calls(&c, options, found))
		return -1;
	if (!check_doctor(&c))
		return 0;
	result_free(found->claims);
	return -1;
}
