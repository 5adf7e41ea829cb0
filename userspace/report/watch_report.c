// SPDX-License-Identifier: GPL-2.0
#include "watch_report.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>

#include "report.h"
#include "resulttext.h"

/* Times without a CPU. */
static const struct record off_record = {
	.fields = FIELDS({MEMBER("times", bpf_absence_sum, times)},
			 {MEMBER("blocked_ns", bpf_absence_sum, blocked_ns)},
			 {MEMBER("queued_ns", bpf_absence_sum, queued_ns)},
			 {MEMBER("longest_ns", bpf_absence_sum, longest_ns)}),
};

/* Interrupts that came meanwhile. */
static const struct record interrupted_record = {
	.fields = FIELDS({MEMBER("times", bpf_interrupts, times)},
			 {MEMBER("handler_ns", bpf_interrupts, handler_ns)}),
};

/* The parts of calls' time. */
static const struct record parts_record = {
	.fields = FIELDS({MEMBER("calls", callparts, calls)},
			 {MEMBER("mean_ns", callparts, mean)},
			 {MEMBER("on_cpu_ns", callparts, on_cpu)},
			 {MEMBER("blocked_ns", callparts, blocked)},
			 {MEMBER("queued_ns", callparts, queued)},
			 {MEMBER("no_p_ns", callparts, no_p)},
			 {MEMBER("moved", callparts, moved)},
			 {MEMBER("moved_more_ns", callparts, moved_more)}),
};

GETTER(bool, has_parts, DATA(watch_function)->parts.calls);

static const struct record function_record = {
	.fields = FIELDS(
		{MEMBER("name", watch_function, name)},
		{MEMBER("caller", watch_function, caller), KNOWN},
		{MEMBER("time_share", watch_function, time_share_mean)},
		{INTERVAL("time_share_ci", watch_function, time_share)},
		{MEMBER("program_share", watch_function, program_share)},
		{MEMBER("samples", watch_function, samples)},
		{MEMBER("calls", watch_function, calls),
		 .valid_if = IS(watch_function, each)},
		{MEMBER("timed", watch_function, times.calls)},
		{MEMBER("mean_ns", watch_function, times.mean)},
		{MEMBER("p50_ns", watch_function, times.p50)},
		{MEMBER("p95_ns", watch_function, times.p95)},
		{MEMBER("p99_ns", watch_function, times.p99)},
		{MEMBER("max_ns", watch_function, times.longest),
		 .valid_if = IS(watch_function, each)},
		{OBJECT_AT("parts", watch_function, parts, &parts_record),
		 .valid_if = IF(has_parts)},
		{OBJECT_AT("tail", watch_function, tail, &parts_record),
		 .valid_if = IF(has_parts)},
		{MEMBER("runtimes_own", watch_function, runtimes)},
		{OBJECT_AT("off_cpu", watch_function, off, &off_record)},
		{OBJECT_AT("interrupts", watch_function, interrupts,
			   &interrupted_record)}),
};

GETTER(double, share_outside, DATA(watch)->shares[CALLKIND_OUTSIDE]);
GETTER(double, share_go, DATA(watch)->shares[CALLKIND_GO]);
GETTER(double, share_path, DATA(watch)->shares[CALLKIND_PATH]);
GETTER(double, share_system, DATA(watch)->shares[CALLKIND_SYSTEM]);
GETTER(double, share_c, DATA(watch)->event ? DATA(watch)->c_share : NAN);

static const struct record shares_record = {
	.fields = FIELDS({REAL_OF("c", share_c)}, {REAL_OF("path", share_path)},
			 {REAL_OF("go", share_go)},
			 {REAL_OF("runtime", share_system)},
			 {REAL_OF("outside", share_outside)}),
};

GETTER(const void *, hit_outside, &DATA(watch)->interrupts[CALLKIND_OUTSIDE]);
GETTER(const void *, hit_go, &DATA(watch)->interrupts[CALLKIND_GO]);
GETTER(const void *, hit_path, &DATA(watch)->interrupts[CALLKIND_PATH]);
GETTER(const void *, hit_system, &DATA(watch)->interrupts[CALLKIND_SYSTEM]);

static const struct record interrupts_record = {
	.fields = FIELDS(
		{MEMBER("cost_ns", watch, interrupt_cost_ns)},
		{OBJECT_AT("c", watch, interrupts_in_c, &interrupted_record)},
		{OBJECT_OF("path", hit_path, &interrupted_record)},
		{OBJECT_OF("go", hit_go, &interrupted_record)},
		{OBJECT_OF("runtime", hit_system, &interrupted_record)},
		{OBJECT_OF("outside", hit_outside, &interrupted_record)}),
};

static const struct record cpu_record = {
	.fields = FIELDS({MEMBER("cpu", watch_cpu, cpu)},
			 {MEMBER("samples", watch_cpu, samples)}),
};

GETTER(const char *, slow_key, DATA(watch_slow)->path->key);
GETTER(const char *, slow_means, DATA(watch_slow)->path->means);

static const struct record slow_record = {
	.fields = FIELDS({WORD_OF("name", slow_key)},
			 {WORD_OF("means", slow_means)},
			 {MEMBER("probed", watch_slow, probed)},
			 {MEMBER("too_often", watch_slow, too_often)},
			 {MEMBER("count", watch_slow, count),
			  .valid_if = IS(watch_slow, probed)}),
};

GETTER(const void *, off_c, &DATA(watch)->off[BPF_IN_C]);
GETTER(const void *, off_go, &DATA(watch)->off[BPF_GO]);
GETTER(const void *, off_system, &DATA(watch)->off[BPF_SYSTEM]);
GETTER(const void *, off_outside, &DATA(watch)->off[BPF_NO_GO]);

static const struct record off_cpu_record = {
	.fields = FIELDS(
		{OBJECT_OF("c", off_c, &off_record)},
		{OBJECT_OF("go", off_go, &off_record)},
		{OBJECT_OF("runtime", off_system, &off_record)},
		{OBJECT_OF("outside", off_outside, &off_record)},
		{MEMBER("migrations", watch, counts.migrations)},
		{MEMBER("migrations_in_c", watch, counts.migrations_in_c)}),
};

static const char *mode_name(unsigned int mode)
{
	static const char *const names[] = {[EACHCALL_OFF] = "off",
					    [EACHCALL_ALL] = "all",
					    [EACHCALL_WINDOWS] = "windows"};

	return names[mode];
}

GETTER(double, probe_cost, DATA(watch)->each.cost_ns ?: NAN);
GETTER(double, probe_added, DATA(watch)->each.added_ns ?: NAN);
GETTER(double, cost_share,
       DATA(watch)->seconds > 0
	       ? DATA(watch)->each.spent_ns * 1e-9 /
			 fmax(DATA(watch)->cpu_seconds, DATA(watch)->seconds)
	       : NAN);

static const struct record each_record = {
	.fields = FIELDS({ENUM("mode", watch, each.mode, mode_name)},
			 {MEMBER("timed", watch, times.calls)},
			 {MEMBER("mean_ns", watch, times.mean)},
			 {REAL_OF("cost_ns", probe_cost)},
			 {REAL_OF("added_ns", probe_added)},
			 {REAL_OF("cost_share", cost_share)},
			 {MEMBER("spent_ns", watch, each.spent_ns)},
			 {MEMBER("why", watch, each.why)}),
};

static const struct record lost_record = {
	.fields = FIELDS({MEMBER("samples", watch, lost.samples)},
			 {MEMBER("absences", watch, lost.absences)},
			 {MEMBER("calls", watch, lost.calls)},
			 {MEMBER("slow_paths", watch, lost.slow)},
			 {MEMBER("unread", watch, lost.unread)},
			 {MEMBER("interrupts", watch, lost.interrupts)}),
};

GETTER(double, rate,
       DATA(watch)->seconds > 0
	       ? (double)DATA(watch)->calls / DATA(watch)->seconds
	       : NAN);
GETTER(bool, has_probes, !DATA(watch)->why);
GETTER(bool, has_exited,
       DATA(watch)->ended &&DATA(watch)->from_start &&WIFEXITED(
	       DATA(watch)->status));
GETTER(bool, was_killed,
       DATA(watch)->ended &&DATA(watch)->from_start &&WIFSIGNALED(
	       DATA(watch)->status));
GETTER(int64_t, exit_status, WEXITSTATUS(DATA(watch)->status));
GETTER(int64_t, exit_signal, WTERMSIG(DATA(watch)->status));

static const struct field watch_fields[] = {
	{MEMBER("program", watch, program)},
	{MEMBER("go", watch, version), KNOWN},
	{MEMBER("offsets_from", watch, offsets_from)},
	{MEMBER("calls", watch, calls)},
	{MEMBER("runtime_calls", watch, runtime_calls)},
	{MEMBER("from_start", watch, from_start)},
	{MEMBER("at_exit", watch, at_exit)},
	{MEMBER("ended", watch, ended)},
	{WHOLE_OF("exit_status", exit_status), .valid_if = IF(has_exited)},
	{WHOLE_OF("exit_signal", exit_signal), .valid_if = IF(was_killed)},
	{MEMBER("seconds", watch, seconds)},
	{MEMBER("cpu_seconds", watch, cpu_seconds)},
	{MEMBER("on_seconds", watch, on_seconds), .valid_if = IF(has_probes)},
	{REAL_OF("calls_per_second", rate)},
	{MEMBER("bare_cpu_ns", watch, bare_ns), .valid_if = IF(has_probes)},
	{MEMBER("why", watch, why)},
	{MEMBER("event", watch, event)},
	{MEMBER("samples", watch, samples), .valid_if = IF(has_probes)},
	{ROWS("cpus", watch, cpus, ncpus, &cpu_record)},
	{OBJECT("time", &shares_record)},
	{ROWS("functions", watch, functions, nfunctions, &function_record)},
	{MEMBER("p50_ns", watch, times.p50)},
	{MEMBER("p95_ns", watch, times.p95)},
	{MEMBER("p99_ns", watch, times.p99)},
	{MEMBER("max_ns", watch, times.longest),
	 .valid_if = IS(watch, each_seen)},
	{OBJECT("each_call", &each_record)},
	{ROWS_ALL("slow_paths", watch, slow, &slow_record)},
	{OBJECT("off_cpu", &off_cpu_record), .valid_if = IF(has_probes)},
	{OBJECT("interrupts", &interrupts_record), .valid_if = IF(has_probes)},
	{MEMBER("lost", watch, lost_total), .valid_if = IF(has_probes)},
	{OBJECT("lost_by", &lost_record), .valid_if = IF(has_probes)},
	{MEAN("slowdown", watch, slowdown), .valid_if = IF(has_probes)},
	{INTERVAL("slowdown_ci", watch, slowdown), .valid_if = IF(has_probes)},
	{MEAN("slowdown_wall", watch, slowdown_wall),
	 .valid_if = IF(has_probes)},
	{INTERVAL("slowdown_wall_ci", watch, slowdown_wall),
	 .valid_if = IF(has_probes)},
	{0}};

static const struct record found_record = {.fields = watch_fields};

const struct record watch_record = {
	.fields = FIELDS({INLINE_TO(watch_result, watch, &found_record)},
			 {OBJECT_AT("provenance", watch_result, machine,
				    &report_machine)}),
};

static const struct result_line function_lines[] = {
	{.text = "  {name:-28s} {time_share:6.1%} %"},
	{.when = "time_share_ci",
	 .text = " [{time_share_ci.0:.1%}, {time_share_ci.1:.1%}]"},
	{.when = "timed",
	 .text = "  {timed:10d} timed, median {p50_ns:.0f} ns, p99 {p99_ns:.0f} ns"},
	{.text = "{runtimes_own?  (the runtime's own)|}\n"},
	{.when = "parts",
	 .text = "    a timed call: {parts.mean_ns:.0f} ns, on CPUs "
		 "{parts.on_cpu_ns:.0f}, waiting for something "
		 "{parts.blocked_ns:.0f}, for a CPU {parts.queued_ns:.0f}, for a P "
		 "{parts.no_p_ns:.0f}; the slowest {tail.calls}: "
		 "{tail.mean_ns:.0f}, on CPUs {tail.on_cpu_ns:.0f}\n"},
	{0}};

static const struct result_line slow_lines[] = {
	{.when = "count",
	 .text = "  {count:10d} {means}{too_often? (until it came too often)|}\n"},
	{0}};

static const struct result_line lines[] = {
	{.text = "{program}, {go}: {calls} calls to C in "
		 "{seconds:.2f} s ({calls_per_second:.0f} a second), and "
		 "{runtime_calls} of the runtime's own\n"},
	{.when = "!at_exit ended",
	 .text = "the count is of the last look before the program's end\n"},
	{.when = "why", .text = "counts only: {why}\n"},
	{.when = "event",
	 .text = "CPU time ({event}, {samples} samples): in C {time.c:.1%} %, on "
		 "the way {time.path:.1%} %, Go {time.go:.1%} %, runtime "
		 "{time.runtime:.1%} %, outside {time.outside:.1%} %\n"},
	{.when = "functions", .text = "share of the time in C\n"},
	{.each = "functions", .rows = function_lines},
	{.when = "p50_ns",
	 .text = "a call: median {p50_ns:.0f} ns, 99 % within {p99_ns:.0f} ns "
		 "({each_call.timed} timed, mode {each_call.mode}; a probe adds "
		 "{each_call.added_ns:.0f} ns, which are taken off)\n"},
	{.when = "each_call.why", .text = "calls not timed: {each_call.why}\n"},
	{.when = "event", .text = "slow paths\n"},
	{.each = "slow_paths", .rows = slow_lines},
	{.when = "off_cpu.c.times",
	 .text = "without a CPU in C, during {on_seconds:.2f} s: "
		 "{off_cpu.c.times} times, waiting for something "
		 "{off_cpu.c.blocked_ns} ns, for a CPU {off_cpu.c.queued_ns} "
		 "ns; {off_cpu.migrations} migrations\n"},
	{.when = "?slowdown",
	 .text = "slowdown {slowdown:.2%} % [{slowdown_ci.0:.2%}, "
		 "{slowdown_ci.1:.2%}] of CPU time a call, interleaved; "},
	{.when = "event", .text = "lost {lost}\n"},
	{0}};

void watch_text(const void *data, const struct result *result)
{
	(void)data;
	result_print(result, "", lines, stdout);
}
