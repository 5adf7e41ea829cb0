// SPDX-License-Identifier: GPL-2.0
#include "prefix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prefix_costs.h"
#include "withhold.h"

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
}

/* Fill a part from the members. */
static void estimate_part(struct prefix_part *part, const char *name,
			  struct costs *c, double whole)
{
	size_t i;

	part->name = name;
	part->nops = 0;
	for (i = 0; i < c->nops; i++)
		part->nops += c->members[i];
	part->cycles = costs_cycles(c, COSTS_SIGNED);
	part->share = costs_share(c, COSTS_SIGNED, whole);
	part->lasting = costs_cycles(c, COSTS_LASTING);
	part->lasting_share = costs_share(c, COSTS_LASTING, whole);
}

/* One more part; NULL with @err set. */
static struct prefix_part *new_part(struct prefix_parts *parts,
				    struct error *err)
{
	struct prefix_part *list =
		reallocarray(parts->list, parts->n + 1, sizeof(*list));

	if (!list) {
		no_memory(err);
		return NULL;
	}
	parts->list = list;
	list[parts->n] = (struct prefix_part){0};
	return &list[parts->n++];
}

/* Estimating needs both of these. */
struct summing {
	struct prefix_profile *p;
	struct costs *c;
};

static int add_functions(struct summing *x, struct error *err)
{
	const struct sequence *s = x->p->sequence;
	bool *done = calloc(s->functions.n, sizeof(*done));
	struct prefix_part *part;
	uint32_t function;
	size_t first, i;

	if (!done)
		return no_memory(err);
	for (first = 0; first < s->nops; first++) {
		function = s->notes[first].function;
		if (done[function])
			continue;
		done[function] = true;
		part = new_part(&x->p->functions, err);
		if (!part)
			break;
		for (i = 0; i < s->nops; i++)
			x->c->members[i] = s->notes[i].function == function;
		estimate_part(part,
			      function ? s->functions.list[function]
				       : CALLPATH_UNNAMED,
			      x->c, x->p->whole.mean);
	}
	free(done);
	return err->text[0] ? -1 : 0;
}

static int add_classes(struct summing *x, struct error *err)
{
	struct prefix_part *part;
	enum opclass class;
	size_t i;

	for (class = 0; class < OPCLASSES; class ++) {
		part = new_part(&x->p->classes, err);
		if (!part)
			return -1;
		for (i = 0; i < x->c->nops; i++)
			x->c->members[i] = x->p->classes_of[i] == class;
		estimate_part(part, opclass_title(class), x->c,
			      x->p->whole.mean);
	}
	return 0;
}

/* Chooses the operations from @first to the next mark. Return: where that is. */
static size_t choose_phase(struct costs *c, const struct sequence *s,
			   size_t first)
{
	size_t end = first + 1, i;

	while (end < s->nops && s->ops[end].kind != SWC_OP_MARK)
		end++;
	for (i = 0; i < s->nops; i++)
		c->members[i] = i >= first && i < end;
	return end;
}

static int add_phases(struct summing *x, struct error *err)
{
	const struct sequence *s = x->p->sequence;
	struct prefix_part *part;
	size_t at = 0, next;

	for (; s->marks.n && at < s->nops; at = next) {
		next = choose_phase(x->c, s, at);
		part = new_part(&x->p->phases, err);
		if (!part)
			return -1;
		estimate_part(part,
			      s->ops[at].kind == SWC_OP_MARK
				      ? s->marks.list[s->ops[at].imm]
				      : "(before the first mark)",
			      x->c, x->p->whole.mean);
	}
	return 0;
}

static bool begins_with(const struct callpaths *paths, uint32_t path,
			uint32_t begin)
{
	while (path != begin && path != CALLPATH_NONE)
		path = paths->list[path].parent;
	return path == begin;
}

static int add_paths(struct summing *x, struct error *err)
{
	const struct callpaths *paths = &x->p->paths;
	struct prefix_part *self, *within;
	uint32_t path;
	size_t i;

	for (path = 0; path < paths->n; path++) {
		self = new_part(&x->p->self, err);
		within = new_part(&x->p->within, err);
		if (!self || !within)
			return -1;
		for (i = 0; i < x->c->nops; i++)
			x->c->members[i] = paths->of[i] == path;
		estimate_part(self, paths->list[path].name, x->c,
			      x->p->whole.mean);
		for (i = 0; i < x->c->nops; i++)
			x->c->members[i] =
				begins_with(paths, paths->of[i], path);
		estimate_part(within, paths->list[path].name, x->c,
			      x->p->whole.mean);
	}
	return 0;
}

static int add_runs(struct summing *x, struct error *err)
{
	const uint32_t *of = x->p->paths.of;
	size_t nops = x->c->nops, at, end, i;
	struct prefix_run *run;

	x->p->runs = calloc(nops, sizeof(*x->p->runs));
	if (!x->p->runs)
		return no_memory(err);
	for (at = 0; at < nops; at = end) {
		for (end = at; end < nops && of[end] == of[at]; end++)
			;
		for (i = 0; i < nops; i++)
			x->c->members[i] = i >= at && i < end;
		run = &x->p->runs[x->p->nruns++];
		*run = (struct prefix_run){
			.path = of[at],
			.first = at,
			.nops = end - at,
			.cycles = costs_cycles(x->c, COSTS_SIGNED),
			.lasting = costs_cycles(x->c, COSTS_LASTING),
		};
	}
	return 0;
}

static int add_ops(struct summing *x, struct error *err)
{
	size_t i;

	x->p->ops = calloc(x->c->nops, sizeof(*x->p->ops));
	if (!x->p->ops)
		return no_memory(err);
	memset(x->c->members, 0, x->c->nops * sizeof(*x->c->members));
	for (i = 0; i < x->c->nops; i++) {
		if (costs_is_silent(x->p->sequence, i))
			continue;
		x->c->members[i] = true;
		x->p->ops[i] = (struct prefix_op){
			costs_cycles(x->c, COSTS_SIGNED),
			costs_cycles(x->c, COSTS_LASTING),
		};
		x->c->members[i] = false;
	}
	return 0;
}

static void estimate_total(struct summing *x)
{
	struct prefix_profile *p = x->p;
	size_t i;

	p->whole = p->m.subjects[COSTS_WHOLE].cycles;
	for (i = 0; i < x->c->nops; i++)
		x->c->members[i] = true;
	p->total = costs_cycles(x->c, COSTS_SIGNED);
	p->packed = costs_share(x->c, COSTS_SIGNED, p->whole.mean);
	p->has_layout = x->c->layout;
	p->layout = costs_layout(x->c);
	p->closure = costs_accounted(x->c, p->whole.mean);
}

static void judge(struct prefix_profile *p)
{
	strcpy(p->why, p->m.why);
	p->valid = p->m.valid && !withhold_unbounded(&p->closure, "", p->why);
}

static int sum_up(struct prefix_profile *p, struct error *err)
{
	struct costs costs;
	struct summing x = {p, &costs};
	int rc = costs_fill(&costs, p->sequence, &p->m, err);

	if (!rc) {
		estimate_total(&x);
		rc = add_ops(&x, err) || add_functions(&x, err) ||
				     add_classes(&x, err) ||
				     add_phases(&x, err) ||
				     add_paths(&x, err) || add_runs(&x, err)
			     ? -1
			     : 0;
	}
	costs_free(&costs);
	judge(p);
	return rc;
}

/* Finds out what each operation is there for, and where it is. */
static int classify(struct prefix_profile *p, bool ring0, struct error *err)
{
	const struct sequence *s = p->sequence;
	struct swc_error refused = {0};
	struct swc_program program;
	struct swc_proof proof;
	struct swc_caps caps;
	void *workspace;
	int rc;

	swc_caps_probe(&caps);
	caps.privileged = ring0;
	if (sequence_verify(s, &caps, &proof, &program, &workspace, &refused,
			    err))
		return -1;
	p->classes_of = calloc(s->nops, 1);
	rc = !p->classes_of ? no_memory(err)
	     : opclass_assign(&proof, p->classes_of, err) ||
			     callpaths_find(s, &proof, &p->paths, err)
		     ? -1
		     : 0;
	free(workspace);
	return rc;
}

/* All prefixes that differ in code. Return: how many. */
static size_t make_prefixes(const struct sequence *s,
			    const struct swc_state *state,
			    struct sequence *prefixes,
			    struct measure_subject *subjects)
{
	size_t i, n = 0;

	for (i = 0; i < s->nops; i++) {
		if (costs_is_silent(s, i))
			continue;
		prefixes[n] = *s;
		prefixes[n].nops = i + 1;
		prefixes[n].open_end = true;
		subjects[n] = (struct measure_subject){
			.sequence = &prefixes[n],
			.state = *state,
		};
		n++;
	}
	return n;
}

/*
 * The same sequence without the places of its code. Return: false: it has none,
 * or there is no memory, which is in @err.
 */
static bool make_packed(const struct sequence *s, struct sequence *packed,
			struct error *err)
{
	bool placed = false;
	size_t i;

	*packed = *s;
	packed->ops = calloc(s->nops, sizeof(*packed->ops));
	if (!packed->ops) {
		no_memory(err);
		return false;
	}
	for (i = 0; i < s->nops; i++) {
		packed->ops[i] = s->ops[i];
		packed->ops[i].code = 0;
		placed |= s->ops[i].code;
	}
	return placed;
}

static int measure_prefixes(struct prefix_profile *p,
			    const struct swc_state *state,
			    const struct measure_options *options,
			    struct error *err)
{
	const struct sequence *s = p->sequence;
	struct measure_subject subjects[COSTS_SUBJECTS] = {
		{.sequence = s, .state = *state},
	};
	struct measure_options o = *options;
	struct sequence *prefixes = calloc(s->nops, sizeof(*prefixes));
	struct measure_subject *turns = calloc(s->nops, sizeof(*turns));
	struct sequence packed;
	bool placed = make_packed(s, &packed, err);
	int rc = -1;
	size_t n;

	if (!prefixes || !turns)
		no_memory(err);
	if (err->text[0])
		goto out;
	n = make_prefixes(s, state, prefixes, turns);
	if (n < 2) {
		error_set(err, EXIT_USAGE,
			  "%s: there is nothing to divide: a profile takes two "
			  "operations at least",
			  s->path);
		goto out;
	}
	subjects[COSTS_LONGEST] = turns[n - 1];
	subjects[COSTS_PACKED] = (struct measure_subject){
		.sequence = &packed,
		.state = *state,
	};
	o.rotation = (struct measure_rotation){turns, n - 1};
	rc = measure(subjects, placed ? COSTS_SUBJECTS : COSTS_PACKED, &o,
		     &p->m, err);
out:
	free(packed.ops);
	free(prefixes);
	free(turns);
	return rc;
}

int prefix_profile(const struct sequence *s, const struct swc_state *state,
		   const struct measure_options *options,
		   struct prefix_profile *p, struct error *err)
{
	*p = (struct prefix_profile){.sequence = s};
	if (s->nops > PREFIX_MAX_OPS)
		return error_set(err, EXIT_USAGE,
				 "%s: %zu operations: a profile takes at most "
				 "%u: cut out a part of it",
				 s->path, s->nops, PREFIX_MAX_OPS);
	if (!classify(p, options->backend == &backend_kernel, err) &&
	    !measure_prefixes(p, state, options, err) && !sum_up(p, err))
		return 0;
	prefix_profile_free(p);
	return -1;
}

void prefix_profile_free(struct prefix_profile *p)
{
	measurement_free(&p->m);
	callpaths_free(&p->paths);
	free(p->classes_of);
	free(p->ops);
	free(p->functions.list);
	free(p->classes.list);
	free(p->phases.list);
	free(p->self.list);
	free(p->within.list);
	free(p->runs);
	*p = (struct prefix_profile){0};
}

bool prefix_closes(const struct prefix_profile *p)
{
	return fabs(p->closure.mean - 1) <= PREFIX_CLOSURE_LIMIT;
}

bool prefix_agrees(const struct prefix_profile *p)
{
	return p->closure.lo <= 1 && p->closure.hi >= 1;
}
