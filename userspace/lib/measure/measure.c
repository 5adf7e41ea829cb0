// SPDX-License-Identifier: GPL-2.0
#include "measure.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "validity.h"

int measure_default_cpu(void)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &set); cpu--)
		;
	return cpu;
}

static int add_subjects(struct measurement *m,
			const struct measure_subject *subjects, size_t n,
			struct error *err)
{
	struct swc_program program;
	size_t i;
	int arm;

	for (i = 0; i < n; i++) {
		arm = arms_add_apart(&m->arms, subjects[i].sequence,
				     &subjects[i].state, err);
		if (arm < 0)
			return -1;
		m->arm_of[i] = arm;
		program = sequence_program(subjects[i].sequence);
		swc_op_count(&program, &m->subjects[i].counts);
		m->nsubjects++;
	}
	return 0;
}

static int add_witnesses(struct measurement *m,
			 const struct measure_options *options,
			 struct error *err)
{
	const struct swc_state warm = {0};
	const struct witness *w;
	int hot, cold;
	size_t i;

	for (i = 0; i < options->nwitnesses; i++) {
		w = &options->witnesses[i];
		hot = arms_add(&m->arms, &w->sequence, &warm, err);
		cold = arms_add(&m->arms, &w->sequence, &w->state, err);
		if (hot < 0 || cold < 0)
			return -1;
		m->witness_arms[i].warm = hot;
		m->witness_arms[i].cold = cold;
	}
	m->nwitnesses = options->nwitnesses;
	return 0;
}

/*
 * Adds a control for each arm that takes turns. These arms are numbered after
 * all others; how many those are is known only when each has its control.
 */
static int add_rotation(struct measurement *m,
			const struct measure_rotation *turns, struct error *err)
{
	unsigned int *controls =
		calloc(2 * SWC_MAX_ARMS + turns->n, sizeof(*controls));
	int control;
	size_t i;

	m->control_of = controls;
	if (!controls)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < turns->n; i++) {
		control = arms_control(&m->arms, turns->list[i].sequence,
				       &turns->list[i].state, err);
		if (control < 0)
			return -1;
		controls[SWC_MAX_ARMS + i] = control;
	}
	memmove(controls + m->arms.n, controls + SWC_MAX_ARMS,
		turns->n * sizeof(*controls));
	for (i = 0; i < m->arms.n; i++)
		controls[i] = m->arms.list[i].control;
	m->nrotating = turns->n;
	return 0;
}

/* The statistics of a run with these sums. */
static int put_sums(struct measurement *m, const struct measure_sums *sums,
		    struct error *err)
{
	size_t i;

	if (sums->iterations) {
		m->loops = (struct backtoback){.frame = m->arms.n,
					       .n = m->nsubjects};
		memcpy(m->loops.iterations, sums->iterations,
		       m->nsubjects * sizeof(*sums->iterations));
	}
	if (sums->narms != m->arms.n + backtoback_arms(&m->loops) ||
	    sums->nblocks > ROUNDS_MAX_BLOCKS)
		return error_set(err, EXIT_CHECK_FAILED,
				 "its sums are of %u arms, and such a run has "
				 "%u: another version made them",
				 sums->narms,
				 m->arms.n + backtoback_arms(&m->loops));
	m->stats = stats_new(sums->narms, m->control_of, err);
	if (!m->stats)
		return -1;
	if (sums->by_process)
		stats_by_process(m->stats);
	for (i = 0; i < sums->nblocks; i++)
		stats_put_block(m->stats, sums->cells + i * sums->narms,
				sums->kept);
	return 0;
}

int measure_from_sums(const struct measure_subject *subjects, size_t n,
		      bool ring0, const struct measure_sums *sums,
		      struct measurement *m, struct error *err)
{
	const struct measure_options options = {.samples = 1};
	int rc = -1;

	*m = (struct measurement){.processes = sums->by_process ? sums->nblocks
								: 1};
	if (arms_init(&m->arms, err))
		return -1;
	if (!add_subjects(m, subjects, n, err) &&
	    !add_rotation(m, &options.rotation, err) &&
	    !put_sums(m, sums, err) &&
	    !measurement_estimate(m, NULL, ring0, err))
		rc = 0;
	if (rc)
		measurement_free(m);
	return rc;
}

int measure(const struct measure_subject *subjects, size_t n,
	    const struct measure_options *options, struct measurement *m,
	    struct error *err)
{
	const bool ring0 = options->backend == &backend_kernel;
	int rc = -1;

	*m = (struct measurement){
		.cpu = options->cpu < 0 ? measure_default_cpu() : options->cpu,
		.isolation = options->isolation < 0
				     ? options->backend->isolation
				     : (enum swc_isolation)options->isolation,
	};
	machine_describe(&m->machine);
	if (!options->samples && !options->target_ci && !options->time_limit)
		return error_set(err, EXIT_USAGE,
				 "nothing would end the run: give a number of "
				 "samples, an interval, or a time limit");
	if (arms_init(&m->arms, err))
		return -1;
	if (!add_subjects(m, subjects, n, err) &&
	    !add_witnesses(m, options, err) &&
	    !add_rotation(m, &options->rotation, err) &&
	    !replays_run(options, m, err) &&
	    !measurement_estimate(m, options->witnesses, ring0, err)) {
		m->tsc_hz = clock_tsc_hz();
		validity_judge(m);
		rc = 0;
	}
	if (rc)
		measurement_free(m);
	return rc;
}
