// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "diagnosis.h"
#include "doctor_report.h"
#include "geometry_options.h"
#include "measuring.h"
#include "selfcheck.h"
#include "quietly.h"

enum { OPT_TLB = 0x100, OPT_TLB_OCCUPY };

static const struct argp_option options[] = {
	{"cpu", 'c', "N", 0, "CPU to examine (default the last allowed)", 0},
	{"backend", 'b', "B", 0,
	 "user, or kernel: measure the kinds of work in ring 0 even where the "
	 "CPU is emulated, and refuse where there is no ring 0 (default both, "
	 "where they are)",
	 0},
	{"tlb", OPT_TLB, NULL, 0,
	 "Find how many pages the data TLBs hold, by timing", 0},
	{"tlb-occupy", OPT_TLB_OCCUPY, "K", 0,
	 "Likewise while K pages are kept in use, up to 48: plants a TLB that is "
	 "smaller by as many",
	 0},
	MEASURING_OPTION_TSC_STEP,
	QUIETLY_OPTION('q'),
	CLI_OPTION_JSON,
	{0}};

struct arguments {
	const struct backend_ops *backend; /* NULL: what there is */
	int cpu;
	uint32_t tsc_step;
	bool tlb;
	unsigned int occupied; /* pages */
	bool quiet;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'b':
		a->backend = measuring_backend(state, arg, "kernel or user");
		return 0;
	case 'c':
		a->cpu = cli_cpu(state, arg);
		return 0;
	case OPT_TLB_OCCUPY:
		a->occupied = cli_number(state, arg, 0, TLBSIZE_MAX_OCCUPIED);
		a->tlb = true;
		return 0;
	case MEASURING_TSC_STEP:
		a->tsc_step = cli_number(state, arg, 1, MEASURING_MAX_TSC_STEP);
		return 0;
	case OPT_TLB:
		a->tlb = true;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Tell what can be measured on this machine and how well, and what "
	       "disturbs it.\vChains of known length go through the whole "
	       "instrument; where they don't come out right, or the CPU is "
	       "emulated, no timing is printed and the exit code is 1. Nothing on "
	       "the system is changed, except for a while with --quiet-system. "
	       "What --tlb finds is kept in the user's cache folder, where model, "
	       "states and evict look for it.",
};

/* A user who asks for ring 0 needn't wait for the rest, if there is none. */
static int find_backend(const struct backend_ops *backend, struct error *err)
{
	struct backend *b = backend ? backend->open(1, err) : NULL;

	if (b)
		backend->close(b);
	return backend && !b ? -1 : 0;
}

static int examine(struct diagnosis *d, struct tlb_finding *tlb,
		   const struct arguments *a, struct error *err)
{
	if (diagnose(d, a->cpu, a->tsc_step, err))
		return -1;
	if (a->backend == &backend_user)
		snprintf(d->kernel_kinds.why, sizeof(d->kernel_kinds.why),
			 "not asked for");
	else
		diagnose_kernel_kinds(d, a->backend);
	return a->tlb ? tlb_examine(tlb, d, a->occupied, a->tsc_step, err) : 0;
}

int verb_doctor(int argc, char **argv)
{
	static struct diagnosis d;
	static struct tlb_finding tlb;
	static const struct modelling_options own = {0};
	struct geometry geometry;
	struct arguments a = {.cpu = -1};
	struct error err = {0};
	struct model model;
	struct doctor_result result = {.d = &d, .model = &model};
	int code, rc;

	cli_parse(&argp, argc, argv, &a);
	if (find_backend(a.backend, &err) ||
	    quietly_begin(a.quiet, a.cpu, &err))
		return cli_fail(&err);
	result.tlb = a.tlb ? &tlb : NULL;
	result.quiet = a.quiet;
	rc = examine(&d, &tlb, &a, &err);
	quietly_end(a.quiet);
	if (rc || geometry_wanted(&geometry, &own, d.cpu, &err) ||
	    model_init(&model, &geometry, NULL, &err))
		return cli_fail(&err);
	d.model.available =
		model_selfcheck(&model, d.model.why, sizeof(d.model.why));
	code = cli_show(&doctor_record, &result, doctor_text, a.json,
			d.passed ? EXIT_DONE : EXIT_CHECK_FAILED);
	model_free(&model);
	return code;
}
