// SPDX-License-Identifier: GPL-2.0
#include "diagnosis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "geometry_cpu.h"
#include "oracle.h"
#include "tscstep.h"
#include "withhold.h"

#define STEAL_WATCH_MS 200u
#define SPREAD_S       1.0
#define STATE_SAMPLES  1000u
#define LEVEL_SAMPLES  4000u

/*
 * An emulated CPU takes a thousand times as long, and its times are withheld. So each
 * arm gets no more than it needs: the time limit is over at once, and ends the run as
 * soon as all have that.
 */
#define EMULATED_SAMPLES 200u
#define EMULATED_LIMIT	 1e-3

/* They end in each slot twice: see CHAIN_SLOTS. */
static const unsigned int lengths[DIAGNOSIS_CHAINS] = {12, 17, 22, 31,
						       40, 61, 82, 103};

static void set_why(char why[256], const char *text)
{
	snprintf(why, 256, "%.255s", text);
}

/* Measure chains of @n lengths, 0 for the null sequence, in one run. */
static int measure_chains(const unsigned int *length, size_t n,
			  const struct measure_options *options,
			  struct measurement *m, struct error *err)
{
	struct measure_subject subjects[DIAGNOSIS_CHAINS + 1] = {0};
	struct sequence chains[DIAGNOSIS_CHAINS + 1] = {0};
	size_t i;
	int rc = 0;

	for (i = 0; i < n && !rc; i++) {
		rc = chainline_sequence(&chains[i], length[i], err);
		subjects[i].sequence = &chains[i];
	}
	if (!rc)
		rc = measure(subjects, n, options, m, err);
	for (i = 0; i < n; i++)
		sequence_free(&chains[i]);
	return rc;
}

/* The line through all chains: its slope is 1 and nothing lies far from it. */
static void fit(struct diagnosis *d)
{
	double x[DIAGNOSIS_CHAINS], y[DIAGNOSIS_CHAINS], off[DIAGNOSIS_CHAINS];
	size_t i;

	for (i = 0; i < DIAGNOSIS_CHAINS; i++) {
		x[i] = d->chains[i].length;
		y[i] = d->chains[i].cycles.mean;
	}
	d->fit = chainline_fit(x, y, off, DIAGNOSIS_CHAINS);
	for (i = 0; i < DIAGNOSIS_CHAINS; i++)
		d->chains[i].residual = off[i];
}

static void judge_fit(struct diagnosis *d)
{
	d->passed = chainline_passes(&d->fit, d->slot);
	if (!d->passed)
		snprintf(d->why, sizeof(d->why),
			 "chains lie %.2f cycles rms off a line of slope %.4f; "
			 "allowed are %.2f and 1 %%",
			 d->fit.rms, d->fit.slope, chainline_allowed(d->slot));
}

static void take_chains(struct diagnosis *d, const struct measurement *m)
{
	size_t i;

	for (i = 0; i < DIAGNOSIS_CHAINS; i++) {
		d->chains[i].length = lengths[i];
		d->chains[i].cycles = m->subjects[i].cycles;
		d->half_width = fmax(d->half_width,
				     estimate_half_width(&d->chains[i].cycles));
	}
	d->null = m->subjects[DIAGNOSIS_CHAINS].cycles;
	d->half_width = fmax(d->half_width, estimate_half_width(&d->null));
	d->tsc_hz = m->tsc_hz;
	d->core_per_tsc = 1 / m->clock.ticks_per_cycle;
	d->frame_ticks = m->frame_ticks;
	d->slot = m->selftests.slot;
	d->sampling_s = m->sampling_s;
}

static int examine_chains(struct diagnosis *d,
			  const struct measure_options *options,
			  struct error *err)
{
	unsigned int all[DIAGNOSIS_CHAINS + 1] = {0};
	struct measurement *m = &d->line;

	memcpy(all, lengths, sizeof(lengths));
	if (measure_chains(all, ARRAY_SIZE(all), options, m, err))
		return -1;
	take_chains(d, m);
	fit(d);
	if (m->valid)
		judge_fit(d);
	else
		set_why(d->why, m->why);
	return 0;
}

/* By blocks, so that what a bundle holds of them is enough to judge it again. */
static void judge_state(struct diagnosis_state *s, const struct measurement *m)
{
	size_t b;

	s->witness = m->witnesses[0];
	s->more.n = measurement_blocks(m);
	for (b = 0; b < s->more.n; b++)
		s->more.values[b] = measurement_witness_in(m, 0, b);
	block_series_round(&s->more);
	witness_judge_blocks(&s->witness, &s->more);
	s->availability.available =
		m->valid &&
		!withhold_by_witness(&s->witness, s->availability.why);
	if (!m->valid)
		set_why(s->availability.why, m->why);
}

/* One state: make it, and see that its witness suffers. */
static int examine_state(struct diagnosis_state *s, enum state_kind kind,
			 const struct geometry *geometry,
			 struct measure_options options, struct error *err)
{
	const unsigned int null = 0;
	struct error refused = {0};
	struct measurement m;
	struct witness w;
	int rc;

	options.witnesses = &w;
	options.nwitnesses = 1;
	if (witness_make(&w, kind, geometry, &refused)) {
		set_why(s->availability.why, refused.text);
		return 0;
	}
	rc = measure_chains(&null, 1, &options, &m, err);
	witness_free(&w);
	if (rc)
		return -1;
	judge_state(s, &m);
	measurement_free(&m);
	return 0;
}

static int examine_states(struct diagnosis *d, struct measure_options options,
			  struct error *err)
{
	enum state_kind kind;

	if (options.samples > STATE_SAMPLES)
		options.samples = STATE_SAMPLES;
	options.spread = 0;
	for (kind = 0; kind < STATE_KINDS; kind++) {
		if (examine_state(&d->states[kind], kind, &d->geometry, options,
				  err))
			return -1;
	}
	return 0;
}

/*
 * Examines one isolation level of the kernel backend. A failure there is an
 * answer, too.
 */
static void examine_isolation(struct diagnosis_isolation *i,
			      struct measure_options options)
{
	static const unsigned int two[] = {0, DIAGNOSIS_ISOLATION_CHAIN};
	struct error err = {0};
	struct measurement m;

	options.isolation = i->level;
	if (measure_chains(two, ARRAY_SIZE(two), &options, &m, &err)) {
		set_why(i->availability.why, err.text);
		return;
	}
	i->availability.available = true;
	set_why(i->availability.why, m.why);
	i->timed = m.valid;
	i->null = m.subjects[0].cycles;
	i->chain = m.subjects[1].cycles;
	i->frame_ticks = m.frame_ticks;
	i->spread_ticks =
		m.subjects[1].quantiles[4] - m.subjects[1].quantiles[2];
	i->samples = m.subjects[1].samples;
	i->dropped = m.dropped;
	i->interrupts = m.interrupts;
	measurement_free(&m);
}

/* On an emulated CPU their times mean nothing, and there are hundreds of them. */
static int examine_kinds(struct diagnosis *d,
			 const struct measure_options *options,
			 struct error *err)
{
	if (withhold_emulated(&d->machine, d->kinds.why)) {
		d->kinds.valid = false;
		return 0;
	}
	return kind_study(options, &d->kinds, err);
}

void diagnose_kernel_kinds(struct diagnosis *d, bool asked)
{
	bool emulated = machine_is_emulated(&d->machine);
	struct measure_options options = {
		.backend = &backend_kernel,
		.cpu = d->cpu,
		.isolation = -1,
		.samples = emulated ? EMULATED_SAMPLES : MEASURE_SAMPLES,
		.time_limit = emulated ? EMULATED_LIMIT : 0,
		.warm = MEASURE_WARM,
	};
	struct error err = {0};

	d->kernel_kinds = (struct kind_study){0};
	if (!d->kernel.available)
		set_why(d->kernel_kinds.why, d->kernel.why);
	else if (emulated && !asked)
		withhold_emulated(&d->machine, d->kernel_kinds.why);
	else if (kind_study(&options, &d->kernel_kinds, &err)) {
		d->kernel_kinds = (struct kind_study){0};
		set_why(d->kernel_kinds.why, err.text);
	}
}

static void examine_kernel(struct diagnosis *d, struct measure_options options)
{
	struct error err = {0};
	struct backend *b = backend_kernel.open(1, &err);
	enum swc_isolation level;

	d->kernel.available = b;
	set_why(d->kernel.why, err.text);
	if (b)
		backend_kernel.close(b);
	options.backend = &backend_kernel;
	options.spread = 0;
	if (options.samples > LEVEL_SAMPLES)
		options.samples = LEVEL_SAMPLES;
	for (level = 0; level < DIAGNOSIS_ISOLATIONS; level++) {
		d->isolations[level].level = level;
		if (b)
			examine_isolation(&d->isolations[level], options);
		else
			set_why(d->isolations[level].availability.why,
				d->kernel.why);
	}
}

/* Counters that the module can read around replays. */
static void examine_pmu(struct diagnosis *d)
{
	pmu_examine(&d->counters, "/");
	d->pmu.available = d->counters.available;
	set_why(d->pmu.why, d->counters.why);
}

/* Opening the oracle tries its controls; that is enough. */
static void examine_oracle(struct diagnosis *d)
{
	struct error err = {0};
	struct oracle *o = oracle_open(d->cpu, SWC_ISOLATION_IRQ_OFF, &err);

	d->tlb_oracle.available = o;
	set_why(d->tlb_oracle.why, err.text);
	if (o)
		oracle_close(o);
}

static void examine_rest(struct diagnosis *d)
{
	examine_oracle(d);
	examine_pmu(d);
}

int diagnose(struct diagnosis *d, int cpu, uint32_t tsc_step, struct error *err)
{
	struct measure_options options = {
		.backend = &backend_user,
		.cpu = cpu < 0 ? measure_default_cpu() : cpu,
		.isolation = -1,
		.samples = MEASURE_SAMPLES,
		.warm = MEASURE_WARM,
		.spread = SPREAD_S,
		.tsc_step = tsc_step,
	};

	*d = (struct diagnosis){.cpu = options.cpu};
	machine_describe(&d->machine);
	if (geometry_of_cpu(&d->geometry, d->cpu, err))
		return -1;
	environment_check(&d->environment, "/", d->cpu, STEAL_WATCH_MS);
	d->tsc_step = tscstep_here();
	if (machine_is_emulated(&d->machine)) {
		options.samples = EMULATED_SAMPLES;
		options.time_limit = EMULATED_LIMIT;
	}
	if (examine_chains(d, &options, err) ||
	    examine_kinds(d, &options, err) || examine_states(d, options, err))
		return -1;
	d->user.available = true;
	examine_kernel(d, options);
	examine_rest(d);
	return 0;
}

void diagnosis_free(struct diagnosis *d)
{
	measurement_free(&d->line);
	kind_study_free(&d->kinds);
	kind_study_free(&d->kernel_kinds);
}

double diagnosis_resolution(const struct diagnosis *d)
{
	return fmax(d->fit.rms, d->half_width);
}
