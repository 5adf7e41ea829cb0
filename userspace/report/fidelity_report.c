// SPDX-License-Identifier: GPL-2.0
#include "fidelity_report.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <stdio.h>

#include "pairing_report.h"
#include "report.h"
#include "resulttext.h"
#include "withhold.h"

/* Why the other of the two is null. */
#define WARM_ONLY "the scenario's calls find everything warm"
#define COLD_ONLY "the scenario makes each call cold"

GETTER(const struct fidelity_variant *, variant_of,
       &UP(fidelity_result)->options->variants[at->i]);
GETTER(int64_t, variant_index, variant_of(at)->index);
GETTER(int64_t, variant_count, variant_of(at)->count);
GETTER(bool, is_looped, !UP(fidelity_result)->f->cold);
GETTER(struct elements, missing,
       report_missing(&variant_of(at)->sequence->not_replayed));

static const struct record variant_record = {
	.fields = FIELDS(
		{WHOLE_OF("variant", variant_index)},
		{WHOLE_OF("count", variant_count)},
		{MEMBER("cycles", fidelity_replay, cycles), FIGURE},
		{MEMBER("loop_cycles", fidelity_replay, loop), FIGURE,
		 .valid_if = IF(is_looped)},
		{MEMBER("latency_cycles", fidelity_replay, latency), FIGURE},
		{MEMBER("turns", fidelity_replay, iterations)},
		{ROWS_OF("not_replayed", missing, &report_not_replayed)}),
};

GETTER(struct elements, variants,
       (struct elements){DATA(fidelity_result)->f->replays,
			 DATA(fidelity_result)->options->nvariants,
			 sizeof(DATA(fidelity_result)->f->replays[0])});

static const struct record ratio_record = {
	.fields = FIELDS({MEAN("live_cycles", fidelity, live), FIGURE},
			 {MEAN("replay_cycles", fidelity, replay), FIGURE},
			 {MEAN("ratio", fidelity, ratio), FIGURE},
			 {INTERVAL("ratio_ci", fidelity, ratio), FIGURE}),
};

GETTER(bool, has_processes, DATA(fidelity)->run.nprocesses > 1);

static const struct record process_record = {
	.fields = FIELDS(
		{MEMBER("live_cycles", pairing_process, one), FIGURE},
		{MEMBER("replay_cycles", pairing_process, other), FIGURE},
		{MEMBER("ratio", pairing_process, ratio), FIGURE},
		{MEMBER("odd", pairing_process, odd)},
		{MEMBER("rounds", pairing_process, rounds)},
		{MEMBER("environment_bytes", pairing_process, padding)}),
};

static double live_at(const struct fidelity *f, double share)
{
	double costs[RUN_MAX_PROCESSES];
	size_t i;

	for (i = 0; i < f->run.nprocesses; i++)
		costs[i] = f->run.processes[i].one;
	gsl_sort(costs, 1, f->run.nprocesses);
	return gsl_stats_quantile_from_sorted_data(costs, 1, f->run.nprocesses,
						   share);
}

GETTER(double, live_least, live_at(DATA(fidelity), 0));
GETTER(double, live_quarter, live_at(DATA(fidelity), 0.25));
GETTER(double, live_median, live_at(DATA(fidelity), 0.5));
GETTER(double, live_three_quarters, live_at(DATA(fidelity), 0.75));
GETTER(double, live_most, live_at(DATA(fidelity), 1));

static const struct record distribution_record = {
	.fields = FIELDS({REAL_OF("least", live_least), FIGURE},
			 {REAL_OF("quartile_1", live_quarter), FIGURE},
			 {REAL_OF("median", live_median), FIGURE},
			 {REAL_OF("quartile_3", live_three_quarters), FIGURE},
			 {REAL_OF("most", live_most), FIGURE}),
};

static const struct record variances_record = {
	.fields = FIELDS(
		{OBJECT_AT("live", fidelity, variance.live, &report_variances)},
		{OBJECT_AT("replay", fidelity, variance.replay,
			   &report_variances)},
		{OBJECT_AT("ratio", fidelity, variance.ratio,
			   &report_variances)}),
};

GETTER(bool, is_warm, !DATA(fidelity)->cold);

static const struct field fidelity_fields[] = {
	{INLINE(&ratio_record)},
	{MEMBER("valid", fidelity, valid)},
	{MEMBER("faithful", fidelity, faithful)},
	{MEMBER("off", fidelity, off), FIGURE},
	{MEMBER("off_at_most", fidelity, off_at_most), FIGURE},
	{MEMBER("why", fidelity, why)},
	{OBJECT("warm", &ratio_record), .valid_if = IF(is_warm)},
	{OBJECT("cold", &ratio_record), .valid_if = IS(fidelity, cold)},
	{CONSTANT("warm_why", COLD_ONLY), .when = IS(fidelity, cold)},
	{CONSTANT("cold_why", WARM_ONLY), .when = IF(is_warm)},
	{INTERVAL("live_ci", fidelity, live), FIGURE},
	{INTERVAL("replay_ci", fidelity, replay), FIGURE},
	{MEMBER("live_empty_loop_cycles", fidelity, empty), FIGURE,
	 .valid_if = IF(is_warm)},
	{MEMBER("calls_per_block", fidelity, calls)},
	{INTERVAL("more_ci", fidelity, more), FIGURE, .valid_if = IF(is_warm)},
	{MEAN("more_cycles", fidelity, more), FIGURE, .valid_if = IF(is_warm)},
	{ROWS("by_process", fidelity, run.processes, run.nprocesses,
	      &process_record)},
	{OBJECT("live_distribution", &distribution_record),
	 .valid_if = IF(has_processes)},
	{OBJECT("variance", &variances_record), .valid_if = IF(is_warm)},
	{INLINE_AT(fidelity, run, &report_pairing)},
	{0}};

static const struct record fidelity_of_run = {
	fidelity_fields,
	.valid = IS(fidelity, valid),
};

static const struct field trace_fields[] = {
	{TEXT_OF("program", report_meta)},
	{TEXT_OF("program_hash", report_meta)},
	{TEXT_OF("scenario", report_meta)},
	{TEXT_OF("go", report_meta)},
	{TEXT_OF("cpu", report_meta)},
	{TEXT_OF("cpu_signature", report_meta)},
	{0}};

static const struct record trace_record = {.fields = trace_fields};

static const struct record study_record = {
	.fields = FIELDS({INLINE_AT(fidelity_options, states, &report_states)}),
};

GETTER(bool, another_build, DATA(fidelity_result)->options->another_build);
GETTER(int64_t, cpu, DATA(fidelity_result)->options->cpu);
GETTER(struct elements, most_missing,
       report_missing(&DATA(fidelity_result)->missing));
GETTER(bool, is_valid, DATA(fidelity_result)->f->valid);

const struct record fidelity_record = {
	.fields = FIELDS(
		{INLINE_TO(fidelity_result, f, &fidelity_of_run)},
		{ROWS_OF("not_replayed", most_missing, &report_not_replayed)},
		{INLINE_TO(fidelity_result, options, &study_record)},
		{ROWS_OF("variants", variants, &variant_record)},
		{MEMBER("planted_cycles", fidelity_result, planted),
		 .when = IS(fidelity_result, planted)},
		{WHOLE_OF("cpu", cpu)},
		{BOOL_OF("another_build", another_build)},
		{MEMBER("live", fidelity_result, live),
		 .when = IS(fidelity_result, live)},
		{OBJECT_TO("trace", fidelity_result, trace, &trace_record)}),
	.valid = IF(is_valid),
};

#define LINE(what, mean, interval)                                     \
	"  " what " {" mean ":9.2f} [{" interval ".0:.2f}, {" interval \
	".1:.2f}]\n"

static const struct result_line head_lines[] = {
	{.when = "!valid", .text = WITHHELD "\n"},
	{.when = "valid ?cold",
	 .text = "core cycles of a call alone; replay prepared: {state}\n"},
	{.when = "valid !?cold", .text = "core cycles a call, back to back\n"},
	{.when = "valid",
	 .text = LINE("live                  ", "live_cycles", "live_ci") LINE(
		 "replay                ", "replay_cycles",
		 "replay_ci") "  replay / live          {ratio:9.4f} [{ratio_ci.0:.4f}, "
			      "{ratio_ci.1:.4f}]\n"},
	{0}};

static const struct result_line variant_lines[] = {
	{.text = "variant {variant}, seen {count} times\n"},
	{.when = "?loop_cycles.mean",
	 .text = "  back to back           {cycles:9.2e}\n"
		 "  the loop's own         {loop_cycles:9.2e}\n"},
	{.text = "  alone, between fences  {latency_cycles:9.2e}\n"},
	{0}};

static const struct result_line odd_lines[] = {
	{.when = "odd",
	 .text = "  an odd process: live {live_cycles:.2f}, replay "
		 "{replay_cycles:.2f}, ratio {ratio:.4f}\n"},
	{0}};

static const struct result_line end_lines[] = {
	{.when = "?live_distribution",
	 .text = "{processes} processes of each, seed {seed}: live "
		 "{live_distribution.least:.2f} to "
		 "{live_distribution.most:.2f}, median "
		 "{live_distribution.median:.2f}\n"},
	{.each = "by_process", .rows = odd_lines},
	{.text = "{blocks} blocks, {calls_per_block} calls in a live one; "
		 "{rounds} rounds\n{faithful?faithful|not faithful}\n"},
	{0}};

void fidelity_text(const void *data, const struct result *result)
{
	const struct fidelity_result *r = data;
	const struct fidelity_options *o = r->options;
	char path[32];
	size_t i;

	printf("%s, %s: %s, live against replay, cpu %u\n", r->path, r->what,
	       result_word(result, "trace.go") ?: "Go unknown", o->cpu);
	result_print(result, "", head_lines, stdout);
	if (!r->f->valid)
		return;
	for (i = 0; i < o->nvariants; i++) {
		snprintf(path, sizeof(path), "variants.%zu", i);
		result_print(result, path, variant_lines, stdout);
		print_not_replayed(&o->variants[i].sequence->not_replayed,
				   "  ");
	}
	result_print(result, "", end_lines, stdout);
}

void fidelity_describe(struct fidelity_result *r, const struct fidelity *f)
{
	size_t i;

	r->f = f;
	for (i = 0; i < r->options->nvariants; i++)
		notreplayed_most(
			&r->missing,
			&r->options->variants[i].sequence->not_replayed);
}
