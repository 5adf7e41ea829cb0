// SPDX-License-Identifier: GPL-2.0
#include "evictrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "withhold.h"

/* Both levels of the TLB are asked for together. */
static bool take_victim(struct study_options *o, const char *name)
{
	if (!strcmp(name, "l1d")) {
		o->levels[EVICTION_L1D] = true;
	} else if (!strcmp(name, "l2")) {
		o->levels[EVICTION_L2] = true;
	} else if (!strcmp(name, "dtlb")) {
		o->levels[EVICTION_DTLB] = true;
		o->levels[EVICTION_STLB] = true;
	} else {
		return false;
	}
	return true;
}

/* Those of a list, which is cut into its names. */
static int take_victims(struct evict_options *o, char *list, struct error *err)
{
	struct study_options named = o->study;
	char *name, *rest = list;
	bool any = false;

	memset(named.levels, 0, sizeof(named.levels));
	o->working = false;
	while ((name = strsep(&rest, ","))) {
		if (!strcmp(name, "working-set")) {
			o->working = true;
			continue;
		}
		if (!take_victim(&named, name))
			return error_set(err, EXIT_USAGE,
					 "no victims \"%s\"; choose l1d, l2, "
					 "dtlb or working-set, separated by "
					 "commas",
					 name);
		any = true;
	}
	/* A working set alone is asked about at all levels. */
	if (any)
		o->study = named;
	o->chosen = any;
	return 0;
}

int evict_choose(struct evict_options *o, const char *list, struct error *err)
{
	char *names = strdup(list);
	int rc;

	if (!names)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	rc = take_victims(o, names, err);
	free(names);
	return rc;
}

/* Find the victims, if they aren't synthetic. */
static int find_working(const struct input *in, struct workingset *set,
			struct error *err)
{
	if (!in->is_trace)
		return error_set(err, EXIT_USAGE,
				 "%s: --victims working-set: only a trace has "
				 "a working set: record one (record --before)",
				 in->sequence.path);
	if (workingset_build(set, &in->trace, in->variant, err))
		return -1;
	if (set->part != WORKINGSET_NONE && set->data.nlines)
		return 0;
	workingset_free(set);
	return error_set(err, EXIT_USAGE,
			 "%s: --victims working-set: nothing was recorded "
			 "before its calls: record it again with --before",
			 in->trace.path);
}

/*
 * In ring 0 the oracle is asked about pages. It is exact and times nothing, so it
 * answers on an emulated CPU, too; there nothing can be timed, and that isn't tried
 * unless it was asked for. Pages that the oracle refuses may still be timed.
 */
static void ask_oracle(struct evict_run *run)
{
	struct error refused = {0};

	run->oracle = !run->options.working &&
		      run->options.levels[EVICTION_DTLB];
	if (!run->oracle)
		return;
	if (!by_oracle_ask(&run->verdicts, &run->input->sequence,
			   run->options.cpu, run->options.samples, &refused))
		run->by_oracle = &run->verdicts;
	else
		snprintf(run->oracle_why, sizeof(run->oracle_why), "%.255s",
			 refused.text);
}

/* @chosen: lines were asked for by name. */
static void leave_out_times(struct evict_run *run, bool chosen)
{
	struct machine machine;

	machine_describe(&machine);
	if (!machine_is_emulated(&machine))
		return;
	if (run->by_oracle) {
		run->options.levels[EVICTION_DTLB] = false;
		run->options.levels[EVICTION_STLB] = false;
	}
	if (chosen || run->options.working)
		return;
	run->options.levels[EVICTION_L1D] = false;
	run->options.levels[EVICTION_L2] = false;
	snprintf(run->lines_why, sizeof(run->lines_why),
		 "not asked for: times are " WITHHELD
		 " on an emulated CPU (%s)",
		 machine.hypervisor);
}

int evict_begin(struct evict_run *run, const struct input *in,
		const struct evict_options *o, struct error *err)
{
	*run = (struct evict_run){
		.input = in,
		.backend = o->backend->name,
		.options = o->study,
	};
	if (o->working) {
		if (find_working(in, &run->working, err))
			return -1;
		run->options.working = &run->working;
	}
	run->options.ring = &round_user;
	if (o->backend == &backend_kernel) {
		run->options.ring = &round_kernel;
		ask_oracle(run);
		leave_out_times(run, o->chosen);
	}
	return 0;
}

bool evict_times(const struct evict_run *run)
{
	unsigned int level;

	for (level = 0; level < EVICTION_LEVELS; level++) {
		if (run->options.levels[level])
			return true;
	}
	return false;
}

int evict_measure(struct evict_run *run, struct error *err)
{
	return study_run(&run->input->sequence, &run->options, &run->study,
			 err);
}

void evict_end(struct evict_run *run)
{
	study_free(&run->study);
	workingset_free(&run->working);
	if (run->by_oracle)
		by_oracle_free(&run->verdicts);
}
