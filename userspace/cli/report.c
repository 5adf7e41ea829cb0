// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <string.h>

#include "version.h"

json_t *report_estimate(const struct estimate *e, bool valid)
{
	if (!valid)
		return json_pack("{s:n, s:n, s:n}", "mean", "ci_lo", "ci_hi");
	return json_pack("{s:f, s:f, s:f}", "mean", e->mean, "ci_lo", e->lo,
			 "ci_hi", e->hi);
}

json_t *report_provenance(const struct machine *machine)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "cpu",
			 machine->cpu, "cpu_signature", machine->signature,
			 "microcode", machine->microcode, "kernel",
			 machine->kernel, "hypervisor", machine->hypervisor,
			 "date", machine->date, "switchcost", SWC_VERSION);
}

json_t *report_counts(const struct trace_counts *c)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"instructions", (json_int_t)c->instructions, "loads",
		(json_int_t)c->loads, "stores", (json_int_t)c->stores,
		"atomics", (json_int_t)c->atomics, "calls",
		(json_int_t)c->calls, "rets", (json_int_t)c->rets, "branches",
		(json_int_t)c->branches, "switches", (json_int_t)c->switches,
		"data_lines", (json_int_t)c->data_lines, "data_pages",
		(json_int_t)c->data_pages, "code_lines",
		(json_int_t)c->code_lines, "code_pages",
		(json_int_t)c->code_pages);
}

json_t *report_lowering(const struct lowering *lowering)
{
	json_t *deviations = json_object();
	enum lower_deviation d;

	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		if (lowering->count[d])
			json_object_set_new(deviations, lower_deviation_name(d),
					    json_integer(lowering->count[d]));
	}
	return json_pack("{s:I, s:I, s:o}", "instructions",
			 (json_int_t)lowering->instructions, "ops",
			 (json_int_t)lowering->ops, "deviations", deviations);
}

json_t *report_meta(const struct trace *trace, const char *key)
{
	char value[256];

	if (!trace_meta(trace, key, value, sizeof(value)))
		return json_null();
	return json_string(value);
}

static json_t *report_trace(const struct input *in)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "program",
			 report_meta(&in->trace, "program"), "scenario",
			 report_meta(&in->trace, "scenario"), "begin",
			 report_meta(&in->trace, "begin"), "go",
			 report_meta(&in->trace, "go"), "counts",
			 report_counts(&in->counts));
}

static void add_run(json_t *o, const struct measurement *m)
{
	const struct stats_drops *d = &m->drops;

	json_object_set_new(o, "samples", json_integer(m->samples));
	json_object_set_new(o, "dropped", json_integer(m->dropped));
	json_object_set_new(o, "dropped_by",
			    json_pack("{s:i, s:i, s:i}", "nmi", d->nmi,
				      "migrated", d->migrated, "outlier",
				      d->outlier));
	json_object_set_new(o, "rounds", json_integer(m->rounds));
	json_object_set_new(o, "replays", json_integer(m->replays));
	json_object_set_new(o, "windows", json_integer(m->windows));
	json_object_set_new(o, "nmis", json_integer(m->nmis));
}

static void add_figures(json_t *o, const struct measurement *m)
{
	json_object_set_new(o, "valid", json_boolean(m->valid));
	json_object_set_new(o, "why", json_string(m->why));
	json_object_set_new(o, "ticks", report_estimate(&m->ticks, m->valid));
	json_object_set_new(o, "cycles", report_estimate(&m->cycles, m->valid));
	json_object_set_new(o, "core_per_tsc",
			    m->valid ? json_real(1 / m->ticks_per_cycle)
				     : json_null());
	json_object_set_new(o, "cycles_from",
			    json_string("slope of dependent additions"));
	json_object_set_new(o, "tsc_hz",
			    m->valid ? json_real(m->tsc_hz) : json_null());
}

json_t *report_measurement(const struct measurement *m,
			   const struct backend_ops *backend,
			   const struct input *in)
{
	const struct swc_op_counts *c = &m->counts;
	json_t *o;

	o = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, "
		      "s:i}",
		      "backend", backend->name, "isolation",
		      isolation_name(backend->isolation), "state", "warm",
		      "cpu", m->cpu, "ops", c->ops, "loads", c->loads, "stores",
		      c->stores, "atomics", c->atomics, "calls", c->calls,
		      "rets", c->rets, "branches", c->branches, "switches",
		      c->switches);
	if (!o)
		return NULL;
	add_figures(o, m);
	add_run(o, m);
	if (in->is_trace) {
		json_object_set_new(o, "trace", report_trace(in));
		json_object_set_new(o, "lowering",
				    report_lowering(&in->lowering));
	}
	json_object_set_new(o, "provenance", report_provenance(&m->machine));
	return o;
}
