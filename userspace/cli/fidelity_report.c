// SPDX-License-Identifier: GPL-2.0
#include "fidelity_report.h"

#include <stdio.h>

#include "report.h"

/* Why the other of the two is null. */
#define WARM_ONLY "the scenario's calls find everything warm"
#define COLD_ONLY "the scenario makes each call cold"

static json_t *figure(double value, bool valid)
{
	return valid ? json_real(value) : json_null();
}

static json_t *interval(const struct estimate *e, bool valid)
{
	return valid ? json_pack("[f, f]", e->lo, e->hi) : json_null();
}

static json_t *variant_json(const struct fidelity *f,
			    const struct fidelity_options *o, size_t i)
{
	const struct fidelity_replay *r = &f->replays[i];

	return json_pack(
		"{s:i, s:i, s:o, s:o, s:o, s:i, s:o}", "variant",
		o->variants[i].index, "count", o->variants[i].count, "cycles",
		report_estimate(&r->cycles, f->valid), "loop_cycles",
		report_estimate(&r->loop, f->valid && !f->cold),
		"latency_cycles", report_estimate(&r->latency, f->valid),
		"turns", r->turns, "not_replayed",
		report_not_replayed(&o->variants[i].sequence->not_replayed));
}

static json_t *selftests_json(const struct fidelity *f)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < f->selftests.n; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:f, s:f, s:b}", "name",
					f->selftests.list[i].name, "known",
					f->selftests.list[i].known, "found",
					f->selftests.list[i].found.mean,
					"passed", f->selftests.list[i].passed));
	return list;
}

static json_t *dropped_json(const struct fidelity *f)
{
	json_t *object = json_object();
	enum drop_cause cause;

	for (cause = 0; cause < DROP_CAUSES; cause++)
		json_object_set_new(object, drop_cause_name(cause),
				    json_integer(f->dropped[cause]));
	return object;
}

static json_t *ratio_json(const struct fidelity *f)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "live_cycles",
			 figure(f->live.mean, f->valid), "replay_cycles",
			 figure(f->replay.mean, f->valid), "ratio",
			 figure(f->ratio.mean, f->valid), "ratio_ci",
			 interval(&f->ratio, f->valid));
}

static json_t *trace_json(const struct trace *trace)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "program",
			 report_meta(trace, "program"), "program_hash",
			 report_meta(trace, "program_hash"), "scenario",
			 report_meta(trace, "scenario"), "go",
			 report_meta(trace, "go"));
}

/* Of each kind as many as the variant with most has. */
static struct notreplayed not_replayed(const struct fidelity_options *o)
{
	struct notreplayed most = {0};
	size_t i;

	for (i = 0; i < o->nvariants; i++)
		notreplayed_most(&most, &o->variants[i].sequence->not_replayed);
	return most;
}

json_t *fidelity_json(const struct fidelity *f,
		      const struct fidelity_options *o,
		      const struct trace *trace, uint32_t planted)
{
	json_t *object = ratio_json(f), *variants = json_array();
	const struct notreplayed missing = not_replayed(o);
	size_t i;

	for (i = 0; i < o->nvariants; i++)
		json_array_append_new(variants, variant_json(f, o, i));
	json_object_set_new(object, "valid", json_boolean(f->valid));
	json_object_set_new(object, "faithful", json_boolean(f->faithful));
	json_object_set_new(object, "why", json_string(f->why));
	json_object_set_new(object, "not_replayed",
			    report_not_replayed(&missing));
	json_object_set_new(object, "warm",
			    f->cold ? json_null() : ratio_json(f));
	json_object_set_new(object, "cold",
			    f->cold ? ratio_json(f) : json_null());
	json_object_set_new(object, f->cold ? "warm_why" : "cold_why",
			    json_string(f->cold ? COLD_ONLY : WARM_ONLY));
	json_object_set_new(object, "state",
			    json_string(f->cold ? o->states : "warm"));
	json_object_set_new(object, "live_ci", interval(&f->live, f->valid));
	json_object_set_new(object, "replay_ci",
			    interval(&f->replay, f->valid));
	json_object_set_new(object, "live_empty_loop_cycles",
			    report_estimate(&f->empty, f->valid && !f->cold));
	json_object_set_new(object, "variants", variants);
	json_object_set_new(object, "calls_per_block", json_integer(f->calls));
	json_object_set_new(object, "blocks", json_integer(f->blocks));
	json_object_set_new(object, "rounds", json_integer(f->rounds));
	json_object_set_new(object, "dropped", dropped_json(f));
	json_object_set_new(object, "selftests", selftests_json(f));
	if (planted)
		json_object_set_new(object, "planted_cycles",
				    json_integer(planted));
	json_object_set_new(object, "cpu", json_integer(o->cpu));
	json_object_set_new(object, "core_per_tsc",
			    figure(1 / f->clock.ticks_per_cycle, f->valid));
	json_object_set_new(object, "trace", trace_json(trace));
	json_object_set_new(object, "provenance",
			    report_provenance(&f->machine));
	return object;
}

static void line(const char *name, const struct estimate *e)
{
	printf("  %-22s %9.2f [%.2f, %.2f]\n", name, e->mean, e->lo, e->hi);
}

void fidelity_text(const struct fidelity *f, const struct fidelity_options *o,
		   const struct trace *trace)
{
	char go[64];
	size_t i;

	printf("%s, %s: %s, live against replay, cpu %u\n", trace->path,
	       o->scenario,
	       trace_meta(trace, "go", go, sizeof(go)) ? go : "Go unknown",
	       o->cpu);
	if (!f->valid) {
		printf("withheld\n");
		return;
	}
	if (f->cold)
		printf("core cycles of a call alone; replay prepared: %s\n",
		       o->states);
	else
		printf("core cycles a call, back to back\n");
	line("live", &f->live);
	line("replay", &f->replay);
	printf("  %-22s %9.4f [%.4f, %.4f]\n", "replay / live", f->ratio.mean,
	       f->ratio.lo, f->ratio.hi);
	for (i = 0; i < o->nvariants; i++) {
		printf("variant %u, seen %u times\n", o->variants[i].index,
		       o->variants[i].count);
		if (!f->cold) {
			line("back to back", &f->replays[i].cycles);
			line("the loop's own", &f->replays[i].loop);
		}
		line("alone, between fences", &f->replays[i].latency);
		print_not_replayed(&o->variants[i].sequence->not_replayed,
				   "  ");
	}
	printf("%zu blocks, %u calls in a live one; %zu rounds\n", f->blocks,
	       f->calls, f->rounds);
	printf("%s\n", f->faithful ? "faithful" : "not faithful");
}
