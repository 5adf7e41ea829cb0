// SPDX-License-Identifier: GPL-2.0
#include "ablation_measure.h"
#include "cli.h"
#include "cold.h"
#include "geometry_options.h"
#include "input.h"
#include "profile_options.h"
#include "profile_report.h"

/* Beside the prefixes. If it fails, stderr says why, and the rest is shown. */
static int ablate(const struct profile_arguments *a, const struct input *in,
		  struct ablation *ablation, struct profile_result *r)
{
	struct measure_options options = a->measure;
	const struct prefix_profile *p = r->p;
	struct error err = {0};

	if (!options.samples)
		options.samples = ABLATION_SAMPLES;
	if (ablation_measure(&in->sequence, &options, true, ablation, &err))
		return cli_fail(&err);
	r->ablation.a = ablation;
	r->ablation.prefix = p->valid ? p->classes.list : NULL;
	return ablation_is_valid(ablation) ? EXIT_DONE : EXIT_CHECK_FAILED;
}

/* People would believe views of a profile that isn't valid: there are none then. */
static int show(const struct profile_arguments *a, const struct input *in,
		const struct prefix_profile *p)
{
	struct profile_result r = {
		.p = p,
		.states = &a->states,
		.facts = {&p->m, &a->measure},
		.trace = in->is_trace ? in : NULL,
	};
	int code = p->valid && prefix_closes(p) ? EXIT_DONE : EXIT_CHECK_FAILED;
	struct ablation ablation;
	int more = EXIT_DONE;

	if (p->valid)
		more = views_make(a->views, PROFILE_VIEWS, &profile_record, &r);
	if (more)
		return more;
	if (a->ablate)
		more = ablate(a, in, &ablation, &r);
	code = cli_show(&profile_record, &r, profile_text, a->input.json,
			more > code ? more : code);
	if (r.ablation.a)
		ablation_measure_free(&ablation);
	return code;
}

static int measure_prefixes(const struct profile_arguments *a,
			    const struct input *in, struct cold *cold,
			    struct error *err)
{
	struct measure_subject subject = {.sequence = &in->sequence};
	struct measure_options options = a->measure;
	bool warm = states_are_warm(&a->states);
	struct geometry here = {0};
	struct prefix_profile p;
	int code, rc;

	if (geometry_to_empty(&here, &a->states, NULL, NULL, options.cpu,
			      err) ||
	    cold_prepare(cold, &a->states, &here, &subject, 1, &options, err))
		return cli_fail(err);
	if (!options.samples)
		options.samples = warm ? PREFIX_SAMPLES : PREFIX_SAMPLES_COLD;
	rc = prefix_profile(&in->sequence, &subject.state, &options, &p, err);
	if (rc)
		return cli_fail(err);
	code = show(a, in, &p);
	prefix_profile_free(&p);
	return code;
}

int profile_prefixes(const struct profile_arguments *a)
{
	struct cold cold = {.n = 0};
	struct error err = {0};
	struct input in;
	int code;

	if (views_expect(a->views, PROFILE_VIEWS, &err) ||
	    input_open_sequence(&in, a->input.paths[0], a->input.variant, &err))
		return cli_fail(&err);
	code = measure_prefixes(a, &in, &cold, &err);
	cold_free(&cold);
	input_close(&in);
	return code;
}
