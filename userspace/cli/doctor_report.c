// SPDX-License-Identifier: GPL-2.0
#include "doctor_report.h"

#include <math.h>
#include <stdio.h>

#include "environment_report.h"
#include "kinds_report.h"
#include "report.h"

static json_t *availability(const struct availability *a)
{
	return json_pack("{s:b, s:s}", "available", a->available, "why",
			 a->why);
}

static json_t *number(double value, bool shown)
{
	return shown ? json_real(value) : json_null();
}

static json_t *chains(const struct diagnosis *d)
{
	const struct diagnosis_chain *c;
	json_t *list = json_array();

	for (c = d->chains; c < d->chains + DIAGNOSIS_CHAINS; c++)
		json_array_append_new(
			list,
			json_pack("{s:i, s:o, s:o}", "length", c->length,
				  "cycles",
				  report_estimate(&c->cycles, d->passed),
				  "residual", number(c->residual, d->passed)));
	return list;
}

static json_t *pmu(const struct diagnosis *d)
{
	json_t *o = availability(&d->pmu);

	json_object_set_new(o, "counters", json_integer(d->counters.counters));
	json_object_set_new(o, "fixed_counters",
			    json_integer(d->counters.fixed));
	json_object_set_new(o, "kernel_driver",
			    json_boolean(d->counters.has_driver));
	return o;
}

static json_t *states(const struct diagnosis *d)
{
	json_t *o = json_object(), *one;
	enum state_kind kind;

	for (kind = 0; kind < STATE_KINDS; kind++) {
		const struct diagnosis_state *s = &d->states[kind];

		one = availability(&s->availability);
		if (s->availability.available)
			json_object_update_new(
				one,
				json_pack("{s:s, s:o}", "made_by",
					  s->witness.made_by,
					  "extra_cycles_per_access",
					  report_estimate(&s->witness.extra,
							  true)));
		json_object_set_new(o, state_kind_name(kind), one);
	}
	return o;
}

static json_t *isolations(const struct diagnosis *d)
{
	const struct diagnosis_isolation *i;
	json_t *o = json_object(), *one;

	for (i = d->isolations; i < d->isolations + DIAGNOSIS_ISOLATIONS; i++) {
		one = availability(&i->availability);
		if (i->availability.available)
			json_object_update_new(
				one,
				json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:i}",
					  "null_cycles",
					  report_estimate(&i->null, i->timed),
					  "chain_cycles",
					  report_estimate(&i->chain, i->timed),
					  "frame_ticks",
					  number(i->frame_ticks, i->timed),
					  "interquartile_ticks",
					  number(i->spread_ticks, i->timed),
					  "samples", i->samples, "dropped",
					  i->dropped, "interrupts",
					  i->interrupts));
		json_object_set_new(o, isolation_name(i->level), one);
	}
	return o;
}

/* A whole number as one: scripts compare with it. */
static json_t *step_json(double step)
{
	return step == round(step) ? json_integer(step) : json_real(step);
}

json_t *doctor_report_json(const struct diagnosis *d)
{
	json_t *o = json_pack("{s:{s:o, s:o}, s:o, s:o, s:s, s:s, s:i}", "tsc",
			      "step_ticks", step_json(d->tsc_step), "hz",
			      number(d->tsc_hz, d->passed), "core_per_tsc",
			      number(d->core_per_tsc, d->passed),
			      "resolution_cycles",
			      number(diagnosis_resolution(d), d->passed),
			      "selftest", d->passed ? "pass" : "fail", "why",
			      d->why, "cpu", d->cpu);

	if (!o)
		return NULL;
	json_object_set_new(
		o, "fit",
		json_pack("{s:o, s:o, s:o, s:o, s:f}", "rms_cycles",
			  number(d->rms, d->passed), "slope",
			  number(d->slope, d->passed), "half_width_cycles",
			  number(d->half_width, d->passed), "frame_ticks",
			  number(d->frame_ticks, d->passed), "sampling_ms",
			  d->sampling_s * 1e3));
	json_object_set_new(o, "null_cycles",
			    report_estimate(&d->null, d->passed));
	json_object_set_new(o, "chains", chains(d));
	json_object_set_new(o, "kinds", kinds_report_json(&d->kinds));
	json_object_set_new(o, "kernel_kinds",
			    kinds_report_json(&d->kernel_kinds));
	json_object_set_new(o, "kernel_kinds_why",
			    json_string(d->kernel_kinds.why));
	json_object_set_new(o, "backends",
			    json_pack("{s:o, s:o, s:o}", "kernel",
				      availability(&d->kernel), "user",
				      availability(&d->user), "model",
				      availability(&d->model)));
	json_object_set_new(o, "pmu", pmu(d));
	json_object_set_new(o, "tlb_oracle", availability(&d->tlb_oracle));
	json_object_set_new(o, "states", states(d));
	json_object_set_new(o, "isolation", isolations(d));
	json_object_set_new(o, "geometry", report_geometry(&d->geometry));
	json_object_set_new(o, "environment",
			    report_environment(&d->environment));
	json_object_set_new(o, "provenance", report_provenance(&d->machine));
	return o;
}

static void put(const char *what, bool available, const char *text)
{
	printf("  %-12s %-4s %s\n", what, available ? "yes" : "no", text);
}

static void put_pmu(const struct diagnosis *d)
{
	char text[96];

	snprintf(text, sizeof(text), "%u counters, and %u for an event each",
		 d->counters.counters, d->counters.fixed);
	put("pmu", d->pmu.available, d->pmu.available ? text : d->pmu.why);
}

static void put_chains(const struct diagnosis *d)
{
	const struct diagnosis_chain *c;

	printf("Chains of dependent additions, core cycles\n");
	for (c = d->chains; d->passed && c < d->chains + DIAGNOSIS_CHAINS; c++)
		printf("  %3u: %7.2f [%.2f, %.2f], %+.2f off the line\n",
		       c->length, c->cycles.mean, c->cycles.lo, c->cycles.hi,
		       c->residual);
	if (d->passed)
		printf("  null: %.2f [%.2f, %.2f]\n"
		       "  rms off the line %.3f, slope %.4f, widest half-width "
		       "%.2f, %.0f ms of sampling\n",
		       d->null.mean, d->null.lo, d->null.hi, d->rms, d->slope,
		       d->half_width, d->sampling_s * 1e3);
	printf("  self-test: %s%s%s\n", d->passed ? "pass" : "fail",
	       d->passed ? "" : ": ", d->passed ? "" : d->why);
}

static void put_states(const struct diagnosis *d)
{
	enum state_kind kind;
	char text[256];

	printf("States (more cycles for each access, and how it is made)\n");
	for (kind = 0; kind < STATE_KINDS; kind++) {
		const struct diagnosis_state *s = &d->states[kind];

		if (!s->availability.available)
			snprintf(text, sizeof(text), "%s", s->availability.why);
		else
			snprintf(text, sizeof(text),
				 "%+.1f [%.1f, %.1f], by %s",
				 s->witness.extra.mean, s->witness.extra.lo,
				 s->witness.extra.hi, s->witness.made_by);
		put(state_kind_name(kind), s->availability.available, text);
	}
}

static void put_isolations(const struct diagnosis *d)
{
	const struct diagnosis_isolation *i;
	char text[256];

	printf("Isolation levels of the kernel backend\n");
	if (!d->kernel.available) {
		printf("  none: no kernel backend, see above\n");
		return;
	}
	for (i = d->isolations; i < d->isolations + DIAGNOSIS_ISOLATIONS; i++) {
		if (!i->availability.available)
			snprintf(text, sizeof(text), "%s", i->availability.why);
		else if (!i->timed)
			snprintf(
				text, sizeof(text),
				"%u samples, %u dropped, %u interrupts; %.120s",
				i->samples, i->dropped, i->interrupts,
				i->availability.why);
		else
			snprintf(
				text, sizeof(text),
				"chain 50: %.2f [%.2f, %.2f], frame %.0f ticks, "
				"quartiles %.0f apart, %u dropped, %u interrupts",
				i->chain.mean, i->chain.lo, i->chain.hi,
				i->frame_ticks, i->spread_ticks, i->dropped,
				i->interrupts);
		put(isolation_name(i->level), i->availability.available, text);
	}
}

void doctor_report_text(const struct diagnosis *d)
{
	printf("%s (%s), microcode %s, kernel %s, hypervisor %s; cpu %u\n",
	       d->machine.cpu, d->machine.signature, d->machine.microcode,
	       d->machine.kernel, d->machine.hypervisor, d->cpu);
	printf("TSC steps by %.4g", d->tsc_step);
	if (d->passed)
		printf(", %.3f GHz; %.4f core cycles a tick; resolution %.2f "
		       "cycles; frame %.0f ticks",
		       d->tsc_hz * 1e-9, d->core_per_tsc,
		       diagnosis_resolution(d), d->frame_ticks);
	printf("\n\nWhat can be measured here\n");
	put("user", d->user.available, d->user.why);
	put("kernel", d->kernel.available, d->kernel.why);
	put("model", d->model.available, d->model.why);
	put_pmu(d);
	put("tlb oracle", d->tlb_oracle.available, d->tlb_oracle.why);
	putchar('\n');
	put_chains(d);
	putchar('\n');
	kinds_report_text(&d->kinds, "ring 3");
	putchar('\n');
	if (d->kernel.available) {
		kinds_report_text(&d->kernel_kinds, "ring 0");
		putchar('\n');
	}
	put_states(d);
	putchar('\n');
	put_isolations(d);
	putchar('\n');
	printf("Caches and TLBs\n");
	print_geometry(stdout, &d->geometry);
	printf("\nEnvironment\n");
	print_environment(stdout, &d->environment);
}
