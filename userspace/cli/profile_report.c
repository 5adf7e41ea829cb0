// SPDX-License-Identifier: GPL-2.0
#include "profile_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/optable.h"
#include "report.h"

static json_t *number_or_null(double value, bool valid)
{
	return valid && isfinite(value) ? json_real(value) : json_null();
}

/* KEY: the mean, KEY_ci: its interval, a list of two. */
static void add_estimate(json_t *o, const char *key, const struct estimate *e,
			 bool valid)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_ci", key);
	json_object_set_new(o, key, number_or_null(e->mean, valid));
	json_object_set_new(o, name,
			    json_pack("[o, o]", number_or_null(e->lo, valid),
				      number_or_null(e->hi, valid)));
}

static json_t *report_part(const struct prefix_part *part, bool valid)
{
	json_t *o = json_pack("{s:o, s:I}", "name", report_name(part->name),
			      "ops", (json_int_t)part->nops);

	add_estimate(o, "cycles", &part->cycles, valid);
	add_estimate(o, "share", &part->share, valid);
	add_estimate(o, "lasting_cycles", &part->lasting, valid);
	add_estimate(o, "lasting_share", &part->lasting_share, valid);
	return o;
}

static json_t *report_parts(const struct prefix_parts *parts, bool valid)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < parts->n; i++)
		json_array_append_new(list,
				      report_part(&parts->list[i], valid));
	return list;
}

/* A path as a list of names, the outermost first. */
static json_t *path_names(const struct callpaths *paths, uint32_t path)
{
	json_t *names = json_array();

	for (; path != CALLPATH_NONE; path = paths->list[path].parent)
		json_array_insert_new(names, 0,
				      report_name(paths->list[path].name));
	return names;
}

static json_t *report_paths(const struct prefix_profile *p)
{
	json_t *list = json_array(), *o;
	uint32_t path;

	for (path = 0; path < p->paths.n; path++) {
		o = json_pack("{s:o, s:I}", "path", path_names(&p->paths, path),
			      "self_ops", (json_int_t)p->self.list[path].nops);
		add_estimate(o, "self_cycles", &p->self.list[path].cycles,
			     p->valid);
		add_estimate(o, "cycles", &p->within.list[path].cycles,
			     p->valid);
		add_estimate(o, "share", &p->within.list[path].share, p->valid);
		add_estimate(o, "self_lasting_cycles",
			     &p->self.list[path].lasting, p->valid);
		add_estimate(o, "lasting_cycles", &p->within.list[path].lasting,
			     p->valid);
		json_array_append_new(list, o);
	}
	return list;
}

/* In order of execution: operations one after another on one call path. */
static json_t *report_runs(const struct prefix_profile *p)
{
	json_t *list = json_array(), *o;
	const struct prefix_run *run;

	for (run = p->runs; run < p->runs + p->nruns; run++) {
		o = json_pack("{s:I, s:I, s:I}", "path", (json_int_t)run->path,
			      "first", (json_int_t)run->first, "ops",
			      (json_int_t)run->nops);
		add_estimate(o, "cycles", &run->cycles, p->valid);
		add_estimate(o, "lasting_cycles", &run->lasting, p->valid);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *report_op(const struct prefix_profile *p, size_t i)
{
	const struct sequence *s = p->sequence;
	json_t *o;

	o = json_pack("{s:I, s:s, s:o, s:s, s:i}", "op", (json_int_t)i, "kind",
		      swc_op_traits(s->ops[i].kind)->name, "function",
		      report_name(s->functions.list[s->notes[i].function]),
		      "class", opclass_title(p->classes_of[i]), "line",
		      s->notes[i].line);
	add_estimate(o, "cycles", &p->ops[i].cycles, p->valid);
	add_estimate(o, "lasting_cycles", &p->ops[i].lasting, p->valid);
	return o;
}

static json_t *report_ops(const struct prefix_profile *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->sequence->nops; i++)
		json_array_append_new(list, report_op(p, i));
	return list;
}

/* What of the whole is where its code lies; null: it doesn't tell where. */
static json_t *report_layout(const struct prefix_profile *p)
{
	json_t *o;

	if (!p->has_layout)
		return json_null();
	o = json_object();
	json_object_set_new(o, "cycles", report_estimate(&p->layout, p->valid));
	add_estimate(o, "accounted", &p->closure, p->valid);
	add_estimate(o, "without", &p->packed, p->valid);
	return o;
}

json_t *profile_report_json(const struct prefix_profile *p,
			    const struct measure_options *options,
			    const struct states *states)
{
	char state[STATE_KINDS * STATES_TEXT];
	json_t *o;

	states_print(states, state, sizeof(state));
	o = json_pack("{s:o, s:s, s:s}", "sequence",
		      report_name(p->sequence->path), "state", state, "method",
		      "prefix");
	if (!o)
		return NULL;
	json_object_set_new(o, "cycles", report_estimate(&p->whole, p->valid));
	json_object_set_new(o, "not_replayed",
			    report_not_replayed(&p->sequence->not_replayed));
	json_object_set_new(o, "total", report_estimate(&p->total, p->valid));
	add_estimate(o, "closure", &p->closure, p->valid);
	json_object_set_new(o, "closure_limit",
			    json_real(PREFIX_CLOSURE_LIMIT));
	json_object_set_new(o, "closure_agrees",
			    p->valid ? json_boolean(prefix_agrees(p))
				     : json_null());
	json_object_set_new(o, "code_layout", report_layout(p));
	json_object_set_new(o, "functions",
			    report_parts(&p->functions, p->valid));
	json_object_set_new(o, "classes", report_parts(&p->classes, p->valid));
	json_object_set_new(o, "phases", report_parts(&p->phases, p->valid));
	json_object_set_new(o, "paths", report_paths(p));
	json_object_set_new(o, "runs", report_runs(p));
	json_object_set_new(o, "ops", report_ops(p));
	json_object_set_new(o, "samples_each",
			    json_integer(stats_kept(p->m.stats, p->m.arms.n)));
	report_run_facts(o, &p->m, options);
	json_object_set_new(o, "valid", json_boolean(p->valid));
	json_object_set_new(o, "why", json_string(p->why));
	return o;
}

#define BAR_CELLS 24

/* A bar of eighths of cells; nothing for what is negative. */
static void print_bar(double part)
{
	static const char *const eighths[] = {"",  "▏", "▎", "▍",
					      "▌", "▋", "▊", "▉"};
	int n = lround(fmin(fmax(part, 0), 1) * BAR_CELLS * 8);

	for (; n >= 8; n -= 8)
		printf("█");
	printf("%s", eighths[n]);
}

/* Columns are as wide as the longest name. */
static int name_width(const struct prefix_parts *parts, int width)
{
	size_t i;

	for (i = 0; i < parts->n; i++) {
		if ((int)strlen(parts->list[i].name) > width)
			width = strlen(parts->list[i].name);
	}
	return width;
}

static void print_part(const struct prefix_part *part, int width, double most)
{
	printf("  %-*s %5zu %9.2f ± %-6.2f %6.1f %%  ", width, part->name,
	       part->nops, part->cycles.mean,
	       estimate_half_width(&part->cycles), part->share.mean * 100);
	print_bar(part->share.mean / most);
	putchar('\n');
}

static void print_parts(const char *title, const struct prefix_parts *parts,
			int width)
{
	double most = 0;
	size_t i;

	if (!parts->n)
		return;
	for (i = 0; i < parts->n; i++)
		most = fmax(most, parts->list[i].share.mean);
	printf("%-*s %5s %18s %8s\n", width + 2, title, "ops", "cycles",
	       "share");
	for (i = 0; i < parts->n; i++) {
		if (parts->list[i].nops)
			print_part(&parts->list[i], width, most > 0 ? most : 1);
	}
}

static void print_closure(const struct prefix_profile *p)
{
	printf("sum of all %.2f cycles [%.2f, %.2f]", p->total.mean,
	       p->total.lo, p->total.hi);
	if (p->has_layout)
		printf(", where the code was recorded %+.2f [%.2f, %.2f]",
		       p->layout.mean, p->layout.lo, p->layout.hi);
	printf("; replayed as a whole %.2f [%.2f, %.2f]\n", p->whole.mean,
	       p->whole.lo, p->whole.hi);
	printf("closure %.4f [%.4f, %.4f]: %s %g %% of 1%s\n", p->closure.mean,
	       p->closure.lo, p->closure.hi,
	       prefix_closes(p) ? "within" : "NOT within",
	       PREFIX_CLOSURE_LIMIT * 100,
	       prefix_closes(p) ? "" : ": don't rely on these shares");
}

void profile_report_text(const struct prefix_profile *p,
			 const struct measure_options *options)
{
	int width = name_width(&p->functions, 10);

	width = name_width(&p->phases, name_width(&p->classes, width));
	printf("%s: %zu ops, isolated, each prefix measured %zu times\n",
	       p->sequence->path, p->sequence->nops,
	       stats_kept(p->m.stats, p->m.arms.n));
	if (p->valid) {
		print_parts("phase", &p->phases, width);
		print_parts("function", &p->functions, width);
		print_parts("class", &p->classes, width);
		print_closure(p);
	}
	print_not_replayed(&p->sequence->not_replayed, "");
	printf("%s backend, cpu %u, isolation %s: %lu replays, %u samples "
	       "dropped\n",
	       options->backend->name, p->m.cpu, isolation_name(p->m.isolation),
	       (unsigned long)p->m.replays, p->m.dropped);
	if (!p->valid)
		printf("%s\n", p->why);
}
