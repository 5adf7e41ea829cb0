// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <math.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_report.h"
#include "version.h"

json_t *report_estimate(const struct estimate *e, bool valid)
{
	if (!valid)
		return json_pack("{s:n, s:n, s:n}", "mean", "ci_lo", "ci_hi");
	return json_pack("{s:f, s:f, s:f}", "mean", e->mean, "ci_lo", e->lo,
			 "ci_hi", e->hi);
}

json_t *report_name(const char *text)
{
	json_t *string = json_string(text);
	char *copy, *c;

	if (string)
		return string;
	copy = strdup(text);
	for (c = copy; c && *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	string = json_string(copy);
	free(copy);
	return string;
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

json_t *report_not_replayed(const struct notreplayed *n)
{
	json_t *list = json_array();
	enum notreplayed_kind kind;

	for (kind = 0; kind < NOTREPLAYED_KINDS; kind++) {
		if (n->count[kind])
			json_array_append_new(
				list, json_pack("{s:s, s:I}", "what",
						notreplayed_what(kind), "count",
						(json_int_t)n->count[kind]));
	}
	return list;
}

void print_not_replayed(const struct notreplayed *n, const char *indent)
{
	char text[NOTREPLAYED_TEXT];

	if (notreplayed_any(n))
		printf("%snot replayed: %s\n", indent,
		       notreplayed_text(n, text, sizeof(text)));
}

void report_working(const struct workingset *set, FILE *out)
{
	static const char *const parts[] = {
		[WORKINGSET_ALL] = "all between two calls",
		[WORKINGSET_FIRST] = "the first of more",
		[WORKINGSET_LAST] = "the last of more",
	};

	if (set->part == WORKINGSET_NONE)
		return;
	fprintf(out,
		"before the call: %zu data lines on %zu pages, %zu code lines "
		"on %zu pages, by %" PRIu64 " instructions, %s (%s)\n",
		set->data.nlines, set->data.npages, set->code.nlines,
		set->code.npages, set->steps, parts[set->part], set->end);
}

json_t *report_meta(const struct trace *trace, const char *key)
{
	char value[256];

	if (!trace_meta(trace, key, value, sizeof(value)))
		return json_null();
	return json_string(value);
}

json_t *report_trace(const struct input *in)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "program",
			 report_meta(&in->trace, "program"), "scenario",
			 report_meta(&in->trace, "scenario"), "begin",
			 report_meta(&in->trace, "begin"), "go",
			 report_meta(&in->trace, "go"), "counts",
			 report_counts(&in->counts));
}

static json_t *real_or_null(double value, bool valid)
{
	return valid ? json_real(value) : json_null();
}

static json_t *report_drops(const struct stats *stats)
{
	json_t *o = json_object();
	enum drop_cause cause;

	for (cause = 0; cause < DROP_CAUSES; cause++)
		json_object_set_new(o, drop_cause_name(cause),
				    json_integer(stats_dropped(stats, cause)));
	return o;
}

static json_t *report_selftests(const struct measurement *m)
{
	const struct selftest *t;
	json_t *list = json_array();
	bool timed = !machine_is_emulated(&m->machine);

	for (t = m->selftests.list; t < m->selftests.list + m->selftests.n; t++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:f, s:f, s:o, s:b}", "name", t->name,
				  "known_cycles", t->known, "tolerance_cycles",
				  t->tolerance, "found_cycles",
				  report_estimate(&t->found, timed), "passed",
				  t->passed && timed));
	return list;
}

static json_t *report_witnesses(const struct measurement *m)
{
	bool timed = !machine_is_emulated(&m->machine);
	const struct witness_result *w;
	json_t *list = json_array();

	for (w = m->witnesses; w < m->witnesses + m->nwitnesses; w++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:i, s:o, s:o, s:f, s:b}",
				  "state", state_kind_name(w->kind), "made_by",
				  w->made_by, "accesses", w->accesses,
				  "warm_cycles",
				  report_estimate(&w->warm, timed),
				  "extra_cycles_per_access",
				  report_estimate(&w->extra, timed), "at_least",
				  w->least, "passed", w->passed && timed));
	return list;
}

static json_t *report_clock(const struct measurement *m)
{
	const struct clock *c = &m->clock;

	return json_pack(
		"{s:o, s:s, s:s, s:o, s:o}", "core_per_tsc",
		real_or_null(1 / c->ticks_per_cycle, m->valid), "from",
		"slope of dependent additions", "calibrated",
		c->pooling == STATS_BY_BLOCK ? "in each round" : "once",
		"drift", real_or_null(c->drift, m->valid), "aperf_per_tsc",
		real_or_null(m->aperf_per_tsc, m->valid && m->aperf_per_tsc));
}

static void add_run(json_t *o, const struct measurement *m)
{
	json_object_set_new(o, "dropped", json_integer(m->dropped));
	json_object_set_new(o, "dropped_by", report_drops(m->stats));
	json_object_set_new(o, "rounds", json_integer(stats_rounds(m->stats)));
	json_object_set_new(o, "stopped_by",
			    json_string(measure_stop_name(m->stopped_by)));
	json_object_set_new(o, "sampling_ms", json_real(m->sampling_s * 1e3));
	json_object_set_new(o, "replays", json_integer(m->replays));
	json_object_set_new(o, "windows", json_integer(m->windows));
	json_object_set_new(o, "nmis", json_integer(m->nmis));
	json_object_set_new(o, "interrupts", json_integer(m->interrupts));
	json_object_set_new(o, "smis", json_integer(m->smis));
}

void report_run_facts(json_t *o, const struct measurement *m,
		      const struct measure_options *options)
{
	json_object_set_new(o, "backend", json_string(options->backend->name));
	json_object_set_new(o, "isolation",
			    json_string(isolation_name(m->isolation)));
	json_object_set_new(o, "cpu", json_integer(m->cpu));
	if (options->tsc_step)
		json_object_set_new(o, "planted_tsc_step",
				    json_integer(options->tsc_step));
	json_object_set_new(o, "warm_replays", json_integer(options->warm));
	json_object_set_new(o, "valid", json_boolean(m->valid));
	json_object_set_new(o, "why", json_string(m->why));
	if (m->counts.events) {
		json_object_set_new(o, "events_valid",
				    json_boolean(m->counts.valid));
		json_object_set_new(o, "events_why",
				    json_string(m->counts.why));
	}
	json_object_set_new(o, "core_per_tsc",
			    real_or_null(1 / m->clock.ticks_per_cycle,
					 m->valid));
	json_object_set_new(o, "clock", report_clock(m));
	json_object_set_new(o, "tsc_hz", real_or_null(m->tsc_hz, m->valid));
	json_object_set_new(o, "frame_ticks",
			    real_or_null(m->frame_ticks, m->valid));
	json_object_set_new(o, "frame_constant_cycles",
			    report_estimate(&m->selftests.constant, m->valid));
	json_object_set_new(o, "systematic_cycles",
			    json_real(MEASURE_SYSTEMATIC));
	json_object_set_new(o, "selftest", report_selftests(m));
	json_object_set_new(o, "state_checks", report_witnesses(m));
	add_run(o, m);
	json_object_set_new(o, "provenance", report_provenance(&m->machine));
}

static json_t *report_quantiles(const struct measured *d, bool valid)
{
	json_t *o = json_object();
	char name[16];
	unsigned int q;

	for (q = 0; q < STATS_QUANTILES; q++) {
		snprintf(name, sizeof(name), "p%02.0f",
			 stats_quantiles[q] * 100);
		json_object_set_new(o, name,
				    real_or_null(d->quantiles[q], valid));
	}
	return o;
}

static json_t *report_code(const struct code_layout *l)
{
	json_t *o = json_pack("{s:s, s:i, s:i}", "layout",
			      l->recorded ? "recorded" : "packed",
			      "emitted_lines", l->emitted_lines,
			      "emitted_pages", l->emitted_pages);
	bool told = l->recorded_lines;

	json_object_set_new(o, "recorded_lines",
			    told ? json_integer(l->recorded_lines)
				 : json_null());
	json_object_set_new(o, "recorded_pages",
			    told ? json_integer(l->recorded_pages)
				 : json_null());
	return o;
}

/* As for perf_event_open(); all of the 64 bits, which not every reader keeps. */
static json_t *report_encoding(const struct swc_event *e)
{
	char config[3][20];

	snprintf(config[0], sizeof(config[0]), "%#llx", e->config);
	snprintf(config[1], sizeof(config[1]), "%#llx", e->config1);
	snprintf(config[2], sizeof(config[2]), "%#llx", e->config2);
	return json_pack("{s:i, s:s, s:s, s:s}", "type", (int)e->type, "config",
			 config[0], "config1", config[1], "config2", config[2]);
}

static json_t *report_events(const struct measurement *m, size_t subject)
{
	const struct events *events = m->counts.events;
	const struct counted *c = m->counts.list;
	json_t *list = json_array();
	struct estimate e;
	unsigned int i;

	for (i = 0; i < events->n; i++, c++) {
		e = measurement_count(m, subject, i);
		json_array_append_new(
			list,
			json_pack("{s:s, s:o, s:o, s:o, s:b, s:I, s:I}", "name",
				  events->list[i].name, "encoding",
				  report_encoding(&events->list[i].encoding),
				  "count", report_estimate(&e, m->counts.valid),
				  "null_count", report_estimate(&c->null, true),
				  "passed", c->passed, "samples",
				  (json_int_t)stats_kept(c->stats,
							 m->arm_of[subject]),
				  "rounds",
				  (json_int_t)stats_rounds(c->stats)));
	}
	return list;
}

void report_input(json_t *o, const struct input *in,
		  const struct states *states, const struct swc_op_counts *c)
{
	char state[STATE_KINDS * STATES_TEXT];

	states_print(states, state, sizeof(state));
	json_object_set_new(o, "sequence",
			    report_name(c ? in->sequence.path
					  : in->trace.path));
	json_object_set_new(o, "state", json_string(state));
	if (c)
		json_object_update_new(
			o, json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
				     "ops", c->ops, "loads", c->loads, "stores",
				     c->stores, "atomics", c->atomics, "calls",
				     c->calls, "rets", c->rets, "branches",
				     c->branches, "switches", c->switches));
	if (!in->is_trace)
		return;
	json_object_set_new(o, "trace", report_trace(in));
	if (c)
		json_object_set_new(o, "lowering",
				    report_lowering(&in->lowering));
}

static void add_subject(json_t *o, const struct measurement *m, size_t i,
			const struct report_run *run)
{
	const struct measured *d = &m->subjects[i];

	report_input(o, &run->inputs[i], run->states, &d->counts);
	json_object_set_new(o, "ticks", report_estimate(&d->ticks, m->valid));
	json_object_set_new(o, "cycles", report_estimate(&d->cycles, m->valid));
	json_object_set_new(o, "isolated",
			    report_estimate(&d->cycles, m->valid));
	json_object_set_new(o, "back_to_back",
			    report_estimate(&d->back_to_back,
					    m->valid && m->loops.n));
	json_object_set_new(o, "loop_cycles",
			    report_estimate(&d->loop, m->valid && m->loops.n));
	json_object_set_new(o, "state_cycles",
			    report_estimate(&d->state,
					    m->valid && !isnan(d->state.mean)));
	json_object_set_new(o, "frame_rest_cycles",
			    real_or_null(d->rest, m->valid));
	json_object_set_new(o, "ticks_quantiles",
			    report_quantiles(d, m->valid));
	json_object_set_new(
		o, "not_replayed",
		report_not_replayed(&run->inputs[i].sequence.not_replayed));
	json_object_set_new(o, "samples", json_integer(d->samples));
	if (m->counts.events)
		json_object_set_new(o, "events", report_events(m, i));
	json_object_set_new(o, "model",
			    report_prediction(run->modelling,
					      &run->predictions[i]));
	json_object_set_new(o, "code", report_code(&run->layouts[i]));
}

static json_t *report_difference(const struct measurement *m)
{
	struct estimate ticks, cycles, looped;

	measurement_difference(m, 0, 1, &ticks, &cycles);
	looped = m->loops.n ? measurement_loop_difference(m, 0, 1) : ticks;
	return json_pack("{s:o, s:o, s:o}", "cycles",
			 report_estimate(&cycles, m->valid), "ticks",
			 report_estimate(&ticks, m->valid), "back_to_back",
			 report_estimate(&looped, m->valid && m->loops.n));
}

json_t *report_measurement(const struct measurement *m,
			   const struct report_run *run)
{
	json_t *o = json_object(), *list, *one;
	size_t i;

	add_subject(o, m, 0, run);
	report_run_facts(o, m, run->options);
	if (run->difference)
		json_object_set_new(o, "difference", report_difference(m));
	if (run->ninputs < 2)
		return o;
	list = json_array();
	for (i = 0; i < run->ninputs; i++) {
		one = json_object();
		add_subject(one, m, i, run);
		json_array_append_new(list, one);
	}
	json_object_set_new(o, "sequences", list);
	return o;
}
