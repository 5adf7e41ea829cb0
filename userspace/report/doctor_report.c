// SPDX-License-Identifier: GPL-2.0
#include "doctor_report.h"

#include <math.h>
#include <stdio.h>

#include "environment_report.h"
#include "kinds_report.h"
#include "report.h"
#include "resulttext.h"

static const struct record availability_record = {
	.fields = FIELDS({MEMBER("available", availability, available)},
			 {MEMBER("why", availability, why)}),
};

static const struct record chain_record = {
	.fields =
		FIELDS({MEMBER("length", diagnosis_chain, length)},
		       {MEMBER("cycles", diagnosis_chain, cycles), FIGURE},
		       {MEMBER("residual", diagnosis_chain, residual), FIGURE}),
};

static const struct record pmu_record = {
	.fields = FIELDS(
		{INLINE_AT(diagnosis, pmu, &availability_record)},
		{MEMBER("counters", diagnosis, counters.counters)},
		{MEMBER("fixed_counters", diagnosis, counters.fixed)},
		{MEMBER("kernel_driver", diagnosis, counters.has_driver)}),
};

static const struct record state_record = {
	.fields = FIELDS({INLINE_AT(diagnosis_state, availability,
				    &availability_record)},
			 {MEMBER("made_by", diagnosis_state, witness.made_by),
			  .when = IS(diagnosis_state, availability.available)},
			 {MEMBER("extra_cycles_per_access", diagnosis_state,
				 witness.extra),
			  .when = IS(diagnosis_state, availability.available)}),
	.names = state_kind_name,
};

static const struct record timing_record = {
	.fields = FIELDS(
		{MEMBER("null_cycles", diagnosis_isolation, null), FIGURE},
		{MEMBER("chain_cycles", diagnosis_isolation, chain), FIGURE},
		{MEMBER("frame_ticks", diagnosis_isolation, frame_ticks),
		 FIGURE},
		{MEMBER("interquartile_ticks", diagnosis_isolation,
			spread_ticks),
		 FIGURE},
		{MEMBER("samples", diagnosis_isolation, samples)},
		{MEMBER("dropped", diagnosis_isolation, dropped)},
		{MEMBER("interrupts", diagnosis_isolation, interrupts)}),
	.valid = IS(diagnosis_isolation, timed),
};

static const struct field isolation_fields[] = {
	{INLINE_AT(diagnosis_isolation, availability, &availability_record)},
	{INLINE(&timing_record),
	 .when = IS(diagnosis_isolation, availability.available)},
	{0}};

static const char *level_name(const struct at *at, char *text)
{
	const struct diagnosis_isolation *i = at->data;

	(void)text;
	return isolation_name(i->level);
}

static const struct record isolation_record = {.fields = isolation_fields,
					       .name = level_name};

GETTER(bool, steps_by_whole,
       DATA(diagnosis)->tsc_step == round(DATA(diagnosis)->tsc_step));
GETTER(bool, steps_by_part, !steps_by_whole(at));
GETTER(int64_t, whole_step, DATA(diagnosis)->tsc_step);
GETTER(double, resolution, diagnosis_resolution(at->data));

/* A whole number of ticks as one: scripts compare with it. */
static const struct field tsc_fields[] = {
	{WHOLE_OF("step_ticks", whole_step), .when = IF(steps_by_whole)},
	{MEMBER("step_ticks", diagnosis, tsc_step), .when = IF(steps_by_part)},
	{MEMBER("hz", diagnosis, tsc_hz), FIGURE},
	{0}};

static const struct record tsc_record = {.fields = tsc_fields};

GETTER(double, sampling_ms, DATA(diagnosis)->sampling_s * 1e3);

static const struct record fit_record = {
	.fields = FIELDS(
		{MEMBER("rms_cycles", diagnosis, fit.rms), FIGURE},
		{MEMBER("slope", diagnosis, fit.slope), FIGURE},
		{MEMBER("slot_cycles", diagnosis, slot), FIGURE},
		{MEMBER("half_width_cycles", diagnosis, half_width), FIGURE},
		{MEMBER("frame_ticks", diagnosis, frame_ticks), FIGURE},
		{REAL_OF("sampling_ms", sampling_ms)}),
};

static const char *more_text(const struct at *at, const struct field *f,
			     char *text)
{
	const struct diagnosis_state *s = at->data;

	(void)f;
	return block_series_text(&s->more, text);
}

static const struct record state_blocks_record = {
	.fields = FIELDS({TEXT_OF(NULL, more_text)}),
	.has = IS(diagnosis_state, availability.available),
	.names = state_kind_name,
};

static const struct record blocks_record = {
	.fields = FIELDS(
		{OBJECT_AT("kinds", diagnosis, kinds, &report_kind_blocks)},
		{NAMED_ALL("states", diagnosis, states, &state_blocks_record)}),
};

GETTER(const char *, verdict, DATA(diagnosis)->passed ? "pass" : "fail");

static const struct record diagnosis_record = {
	.fields = FIELDS(
		{OBJECT("tsc", &tsc_record)},
		{MEMBER("core_per_tsc", diagnosis, core_per_tsc), FIGURE},
		{REAL_OF("resolution_cycles", resolution), FIGURE},
		{WORD_OF("selftest", verdict)}, {MEMBER("why", diagnosis, why)},
		{MEMBER("cpu", diagnosis, cpu)}, {OBJECT("fit", &fit_record)},
		{MEMBER("null_cycles", diagnosis, null), FIGURE},
		{ROWS_ALL("chains", diagnosis, chains, &chain_record)},
		{ROWS("selftests", diagnosis, line.selftests.list,
		      line.selftests.n, &report_selftest)},
		{OBJECT_AT("kinds", diagnosis, kinds, &report_kinds)},
		{OBJECT_AT("kernel_kinds", diagnosis, kernel_kinds,
			   &report_kinds)},
		{MEMBER("kinds_why", diagnosis, kinds.why)},
		{MEMBER("kernel_kinds_why", diagnosis, kernel_kinds.why)},
		{OBJECT("pmu", &pmu_record)},
		{OBJECT_AT("tlb_oracle", diagnosis, tlb_oracle,
			   &availability_record)},
		{NAMED_ALL("states", diagnosis, states, &state_record)},
		{NAMED_ALL("isolation", diagnosis, isolations,
			   &isolation_record)},
		{OBJECT_AT("geometry", diagnosis, geometry, &report_geometry)},
		{ROWS("environment", diagnosis, environment.finding,
		      environment.n, &report_finding)},
		{OBJECT_AT("provenance", diagnosis, machine, &report_machine)}),
	.valid = IS(diagnosis, passed),
};

/* The caches and TLBs that the model knows on this machine. */
static bool is_modelled(const struct at *at)
{
	const struct doctor_result *r = at->up->up->up->data;

	return model_has(r->model, at->i);
}

static const struct record structure_record = {
	.fields = FIELDS({INDEX(NULL, model_structure_name)}),
	.has = IF(is_modelled),
};

GETTER(struct elements, structures,
       (struct elements){at->data, MODEL_STRUCTURES, 0});

static const struct record model_record = {
	.fields =
		FIELDS({INLINE(&availability_record)},
		       {ROWS_OF("structures", structures, &structure_record)}),
};

static const struct record backends_record = {
	.fields = FIELDS(
		{OBJECT_AT("kernel", diagnosis, kernel, &availability_record)},
		{OBJECT_AT("user", diagnosis, user, &availability_record)},
		{OBJECT_AT("model", diagnosis, model, &model_record)}),
};

GETTER(const void *, line, &DATA(doctor_result)->d->line);

const struct record doctor_record = {
	.fields = FIELDS(
		{INLINE_TO(doctor_result, d, &diagnosis_record)},
		{OBJECT_TO("backends", doctor_result, d, &backends_record)},
		{OBJECT_TO("tlb", doctor_result, tlb, &report_tlb),
		 .when = IS(doctor_result, tlb)},
		{ROWS_OF("quiet_system", report_quiet, &report_quiet_change),
		 .when = IS(doctor_result, quiet)},
		{OBJECT_OF("sums", line, &report_sums),
		 .when = IS(doctor_result, sums)},
		{OBJECT_TO("blocks", doctor_result, d, &blocks_record),
		 .when = IS(doctor_result, sums)}),
};

#define AVAILABLE(name) "  " name " {available?yes |no  } "

static const struct result_line available_lines[] = {
	{.text = AVAILABLE("{@:-12s}") "{why}\n"}, {0}};

static const struct result_line oracle_lines[] = {
	{.text = AVAILABLE("tlb oracle  ") "{why}\n"}, {0}};

static const struct result_line pmu_lines[] = {
	{.text = AVAILABLE("pmu         ")},
	{.when = "available",
	 .text = "{counters} counters, and {fixed_counters} for an event "
		 "each\n"},
	{.when = "!available", .text = "{why}\n"},
	{0}};

static const struct result_line head_lines[] = {
	{.text = "{provenance.cpu} ({provenance.cpu_signature}), microcode "
		 "{provenance.microcode}, kernel {provenance.kernel}, "
		 "hypervisor {provenance.hypervisor}; cpu {cpu}\n"
		 "TSC steps by {tsc.step_ticks}"},
	{.when = "?tsc.hz",
	 .text = ", {tsc.hz:.4g} Hz; {core_per_tsc:.4f} core cycles a tick; "
		 "resolution {resolution_cycles:.2f} cycles; frame "
		 "{fit.frame_ticks:.0f} ticks"},
	{.text = "\n\nWhat can be measured here\n"},
	{.each = "backends", .rows = available_lines},
	{0}};

static const struct result_line chain_lines[] = {
	{.when = "?residual",
	 .text = "  {length:3d}: {cycles:7.2e}, {residual:+.2f} off the "
		 "line\n"},
	{0}};

static const struct result_line chains_lines[] = {
	{.text = "\nChains of dependent additions, core cycles\n"},
	{.each = "chains", .rows = chain_lines},
	{.when = "?null_cycles.mean",
	 .text = "  null: {null_cycles:.2e}\n  rms off the line "
		 "{fit.rms_cycles:.3f}, slope {fit.slope:.4f}, by slot "
		 "{fit.slot_cycles:.2f}, widest half-width {fit.half_width_cycles:.2f}, "
		 "{fit.sampling_ms:.0f} ms of sampling\n"},
	{.text = "  self-test: {selftest}"},
	{.when = "why", .text = ": {why}"},
	{.text = "\n\n"},
	{0}};

static const struct result_line state_lines[] = {
	{.text = AVAILABLE("{@:-12s}")},
	{.when = "available",
	 .text = "{extra_cycles_per_access.mean:+.1f} "
		 "[{extra_cycles_per_access.ci_lo:.1f}, "
		 "{extra_cycles_per_access.ci_hi:.1f}], by {made_by}\n"},
	{.when = "!available", .text = "{why}\n"},
	{0}};

static const struct result_line isolation_lines[] = {
	{.text = AVAILABLE("{@:-12s}")},
	{.when = "!available", .text = "{why}\n"},
	{.when = "available !?frame_ticks",
	 .text = "{samples} samples, {dropped} dropped, {interrupts} "
		 "interrupts; {why}\n"},
	{.when = "available ?frame_ticks",
	 .text = "chain 50: {chain_cycles:.2e}, frame {frame_ticks:.0f} ticks, "
		 "quartiles {interquartile_ticks:.0f} apart, {dropped} "
		 "dropped, {interrupts} interrupts\n"},
	{0}};

static const struct result_line rest_lines[] = {
	{.text = "States (more cycles for each access, and how it is made)\n"},
	{.each = "states", .rows = state_lines},
	{.text = "\nIsolation levels of the kernel backend\n"},
	{.when = "backends.kernel.available",
	 .each = "isolation",
	 .rows = isolation_lines},
	{.when = "!backends.kernel.available",
	 .text = "  none: no kernel backend, see above\n"},
	{.text = "\nCaches and TLBs\n"},
	{.rows = report_geometry_lines},
	{.text = "\nEnvironment\n"},
	{.each = "environment", .rows = report_finding_lines},
	{0}};

void doctor_text(const void *data, const struct result *result)
{
	const struct doctor_result *r = data;

	result_print(result, "", head_lines, stdout);
	result_print(result, "pmu", pmu_lines, stdout);
	result_print(result, "tlb_oracle", oracle_lines, stdout);
	result_print(result, "", chains_lines, stdout);
	kinds_text(result, "kinds", "ring 3");
	if (r->d->kernel.available)
		kinds_text(result, "kernel_kinds", "ring 0");
	result_print(result, "", rest_lines, stdout);
	if (r->tlb)
		tlb_text(r->tlb, result);
}
