// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checking.h"
#include "resultjson.h"
#include "seqdigest.h"
#include "seqtext.h"
#include "sums.h"

static int compare_figures(const struct check *c, const struct result *r,
			   const struct measurement *m)
{
	const struct measured *d = &m->subjects[0];

	if (!check_same_estimate(r, "ticks", &d->ticks) ||
	    !check_same_estimate(r, "cycles", &d->cycles) ||
	    !check_same_estimate(r, "isolated", &d->cycles) ||
	    !check_same_estimate(r, "back_to_back", &d->back_to_back) ||
	    !check_same_estimate(r, "loop_cycles", &d->loop))
		return check_refuse(c, "the replay's cost isn't that of the "
				       "sums");
	if (!check_same(result_real(r, "core_per_tsc"),
			1 / m->clock.ticks_per_cycle) ||
	    !check_same(result_real(r, "clock.core_per_tsc"),
			1 / m->clock.ticks_per_cycle) ||
	    !check_same(result_real(r, "frame_ticks"), m->frame_ticks) ||
	    !check_same(result_real(r, "frame_rest_cycles"), d->rest) ||
	    !check_same(result_real(r, "clock.drift"), m->clock.drift) ||
	    !check_same(result_real(r, "systematic_cycles"),
			SYSTEMATIC_CYCLES) ||
	    !check_same_estimate(r, "frame_constant_cycles",
				 &m->selftests.constant) ||
	    result_real(r, "cpu") !=
		    result_real(check_part(c, BUNDLE_DOCTOR), "cpu") ||
	    result_real(r, "processes") != m->processes ||
	    result_real(r, "samples") != (double)d->samples)
		return check_refuse(c, "the replay's clock, frame or counts "
				       "aren't those of the sums");
	return 0;
}

/* The sequence has as many operations of each kind as the replay says. */
static int compare_counts(const struct check *c, const struct result *r,
			  const struct measurement *m)
{
	const struct swc_op_counts *n = &m->subjects[0].counts;
	const struct {
		const char *key;
		double is;
	} counts[] = {
		{"ops", n->ops},	   {"loads", n->loads},
		{"stores", n->stores},	   {"atomics", n->atomics},
		{"calls", n->calls},	   {"rets", n->rets},
		{"branches", n->branches}, {"switches", n->switches},
	};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (result_real(r, counts[i].key) != counts[i].is)
			return check_refuse(c, "the replay is of another "
					       "sequence");
	}
	return 0;
}

/* The text is the replay's own, to the last letter. */
static bool is_replayed(const struct check *c, const struct sequence *s)
{
	const char *text = json_string_value(c->bundle->parts[BUNDLE_SEQUENCE]);
	const char *says =
		result_word(check_part(c, BUNDLE_REPLAY), "sequence_digest");
	char digest[20];

	snprintf(digest, sizeof(digest), "%016" PRIx64, seqdigest(s));
	return seqdigest(s) == seqdigest_of_text(text) && says &&
	       !strcmp(says, digest);
}

static int estimate_again(const struct check *c, const struct sequence *s,
			  struct estimate *isolated,
			  struct estimate *back_to_back)
{
	const struct result *r = check_part(c, BUNDLE_REPLAY);
	struct measure_subject subject = {.sequence = s};
	struct error why = {0};
	struct measurement m;
	int rc;

	if (sums_measure(r, &subject, 1, &m, &why))
		return check_refuse(c, "the replay's sums aren't of such a "
				       "run");
	rc = compare_counts(c, r, &m) ||
	     check_selftests(c, r, "selftest", &m) || compare_figures(c, r, &m);
	*isolated = m.subjects[0].cycles;
	*back_to_back = m.subjects[0].back_to_back;
	measurement_free(&m);
	return rc ? -1 : 0;
}

int check_replay(const struct check *c, struct estimate *isolated,
		 struct estimate *back_to_back)
{
	const char *text = json_string_value(c->bundle->parts[BUNDLE_SEQUENCE]);
	FILE *in = fmemopen((char *)text, strlen(text), "r");
	struct error why = {0};
	struct sequence s;
	int rc;

	if (!in)
		return check_refuse(c, "its sequence is empty");
	rc = seqtext_read(&s, in, c->path, &why);
	fclose(in);
	if (rc)
		return check_refuse(c, "its sequence can't be read");
	if (!result_holds(check_part(c, BUNDLE_REPLAY), "valid"))
		rc = check_refuse(c, "the replay's figures are withheld");
	else if (!is_replayed(c, &s))
		rc = check_refuse(c, "the replay is of another sequence");
	else
		rc = estimate_again(c, &s, isolated, back_to_back);
	sequence_free(&s);
	return rc;
}
