// SPDX-License-Identifier: GPL-2.0
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparekinds.h"
#include "independent.h"
#include "result.h"

/* Two results while they are compared. */
struct pair {
	struct comparison *c;
	struct result *results[2];
	const struct compare_kind *kind;
};

static const char *word(const struct result *r, const char *path)
{
	const char *text = result_word(r, path);

	return text ? text : "";
}

static int find_kind(struct pair *p, struct error *err)
{
	const struct compare_kind *kinds[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		kinds[i] = compare_kind_of(p->results[i]);
		if (!kinds[i])
			return error_set(err, EXIT_USAGE,
					 "%s: no result that can be compared: "
					 "give what %s --json printed",
					 p->c->paths[i], COMPARE_VERBS);
	}
	if (kinds[0] != kinds[1])
		return error_set(err, EXIT_USAGE,
				 "not comparable: %s is of %s, %s of %s: give "
				 "two results of one verb",
				 p->c->paths[0], kinds[0]->verb, p->c->paths[1],
				 kinds[1]->verb);
	p->kind = kinds[0];
	p->c->kind = p->kind->verb;
	return 0;
}

static int check_shown(const struct pair *p, struct error *err)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (p->kind->valid &&
		    !result_holds(p->results[i], p->kind->valid))
			return error_set(err, EXIT_IMPOSSIBLE,
					 "%s: its figures are withheld: %s: "
					 "measure it again",
					 p->c->paths[i],
					 word(p->results[i], "why"));
	}
	return 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* These have to be the same, or the two are of different things. */
static int check_same(const struct pair *p, struct error *err)
{
	const struct compare_key *k;
	const char *a, *b;

	for (k = p->kind->same; k->path; k++) {
		a = last_part(word(p->results[0], k->path));
		b = last_part(word(p->results[1], k->path));
		if (!strcmp(a, b))
			continue;
		/* A recording says what it is of, whatever its file is called. */
		if (k->unless && result_has(p->results[0], k->unless) &&
		    result_has(p->results[1], k->unless))
			continue;
		return error_set(err, EXIT_USAGE,
				 "not comparable: the %s differs: %s has "
				 "\"%.60s\", %s has \"%.60s\"",
				 k->what, p->c->paths[0], a, p->c->paths[1], b);
	}
	return 0;
}

static const struct compare_key fact_keys[] = {
	{"provenance.cpu", "CPU", NULL},
	{"provenance.microcode", "microcode", NULL},
	{"provenance.kernel", "kernel", NULL},
	{"provenance.hypervisor", "hypervisor", NULL},
	{"trace.go", "Go version", NULL},
	{"go", "Go version", NULL},
	{"provenance.switchcost", "switchcost", NULL},
	{NULL, NULL, NULL}};

static void find_facts(const struct pair *p)
{
	struct comparison *c = p->c;
	const struct compare_key *k;
	const char *a, *b;

	for (k = fact_keys; k->path && c->nfacts < COMPARE_FACTS; k++) {
		struct compared_fact *f = &c->facts[c->nfacts];

		a = word(p->results[0], k->path);
		b = word(p->results[1], k->path);
		if (!strcmp(a, b))
			continue;
		f->what = k->what;
		snprintf(f->a, sizeof(f->a), "%s", a);
		snprintf(f->b, sizeof(f->b), "%s", b);
		c->nfacts++;
	}
}

/* An estimate; or a number whose interval is another key's [lo, hi]. */
static struct estimate read_estimate(const struct result *r,
				     const struct compare_figure *f)
{
	char path[96];
	struct estimate e;

	if (f->interval) {
		e.mean = result_real(r, f->path);
		snprintf(path, sizeof(path), "%s.0", f->interval);
		e.lo = result_real(r, path);
		snprintf(path, sizeof(path), "%s.1", f->interval);
		e.hi = result_real(r, path);
		return e;
	}
	snprintf(path, sizeof(path), "%s.mean", f->path);
	e.mean = result_real(r, path);
	snprintf(path, sizeof(path), "%s.ci_lo", f->path);
	e.lo = result_real(r, path);
	snprintf(path, sizeof(path), "%s.ci_hi", f->path);
	e.hi = result_real(r, path);
	return e;
}

static bool is_known(const struct estimate *e)
{
	return isfinite(e->mean) && isfinite(e->lo) && isfinite(e->hi);
}

static struct compared *add_row(struct comparison *c, const char *name,
				struct estimate a, struct estimate b,
				struct error *err)
{
	struct compared *grown =
		realloc(c->rows, (c->n + 1) * sizeof(*c->rows));
	struct compared *row;

	if (!grown) {
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
		return NULL;
	}
	c->rows = grown;
	row = &c->rows[c->n++];
	*row = (struct compared){
		.a = a,
		.b = b,
		.difference = independent_difference(&b, &a),
		.ratio = independent_ratio(&b, &a),
	};
	row->differs = row->difference.lo > 0 || row->difference.hi < 0;
	snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

static struct compared *compare_one(const struct pair *p,
				    const struct result *a,
				    const struct result *b, const char *name,
				    const struct compare_figure *f,
				    struct error *err)
{
	struct estimate first = read_estimate(a, f),
			second = read_estimate(b, f);

	if (!is_known(&first) || !is_known(&second))
		return NULL;
	return add_row(p->c, name, first, second, err);
}

/* Nanoseconds of an estimate of core cycles, if the run knows the core's frequency. */
static struct estimate in_ns(const struct result *r, struct estimate e)
{
	double hz = result_real(r, "core_per_tsc") * result_real(r, "tsc_hz");

	return (struct estimate){e.mean / hz * 1e9, e.lo / hz * 1e9,
				 e.hi / hz * 1e9};
}

/* Cores of different frequencies need as many cycles, and not as much time. */
static void add_time(const struct pair *p, const struct compared *cycles,
		     struct error *err)
{
	struct estimate a = in_ns(p->results[0], cycles->a),
			b = in_ns(p->results[1], cycles->b);
	char name[sizeof(cycles->name) + 8];

	snprintf(name, sizeof(name), "%s, ns", cycles->name);
	if (is_known(&a) && is_known(&b))
		add_row(p->c, name, a, b, err);
}

static void compare_figures(const struct pair *p, struct error *err)
{
	const struct compare_figure *f;
	struct compared *row, copy;

	for (f = p->kind->figures; f->path && !err->code; f++) {
		row = compare_one(p, p->results[0], p->results[1], f->path, f,
				  err);
		if (!row || !f->cycles)
			continue;
		copy = *row;
		add_time(p, &copy, err);
	}
}

static const struct result *element(const struct result *r, const char *list,
				    size_t i)
{
	char path[96];

	snprintf(path, sizeof(path), "%s.%zu", list, i);
	return result_piece(r, path);
}

/* The element of the same name in the other result; NULL: there is none. */
static const struct result *
namesake(const struct result *r, const struct compare_list *l, const char *name)
{
	const struct result *one;
	size_t i;

	for (i = 0; (one = element(r, l->path, i)); i++) {
		if (!strcmp(word(one, l->name), name))
			return one;
	}
	return NULL;
}

static void compare_list(const struct pair *p, const struct compare_list *l,
			 struct error *err)
{
	const struct result *one, *other;
	struct compared *row;
	char name[128];
	size_t i;

	for (i = 0; !err->code && (one = element(p->results[0], l->path, i));
	     i++) {
		other = namesake(p->results[1], l, word(one, l->name));
		if (!other)
			continue;
		snprintf(name, sizeof(name), "%s.%s", l->path,
			 word(one, l->name));
		row = compare_one(p, one, other, name, &l->figure, err);
		if (!row || !l->says)
			continue;
		snprintf(row->says[0], sizeof(row->says[0]), "%s",
			 word(one, l->says));
		snprintf(row->says[1], sizeof(row->says[1]), "%s",
			 word(other, l->says));
	}
}

static bool has_processes(const struct result *r)
{
	return result_holds(r, "by_process.1") || result_holds(r, "levels.2");
}

static void find_cautions(const struct pair *p)
{
	struct comparison *c = p->c;
	bool a = has_processes(p->results[0]), b = has_processes(p->results[1]);

	if (p->kind->processes && !(a && b))
		snprintf(c->cautions[0], sizeof(c->cautions[0]),
			 "%s: the interval knows nothing of how processes "
			 "differ: measure both with --processes 6",
			 a ? c->paths[1] : c->paths[0]);
	if (c->nfacts > 1)
		snprintf(c->cautions[1], sizeof(c->cautions[1]),
			 "more than one thing differs: the figures don't say "
			 "which of them makes the difference");
	if (result_holds(p->results[0], "interrupted") ||
	    result_holds(p->results[1], "interrupted"))
		snprintf(c->cautions[2], sizeof(c->cautions[2]),
			 "%s is partial: its run was interrupted",
			 result_holds(p->results[0], "interrupted")
				 ? c->paths[0]
				 : c->paths[1]);
}

static int compare(struct pair *p, struct error *err)
{
	const struct compare_list *l;

	if (find_kind(p, err) || check_same(p, err) || check_shown(p, err))
		return -1;
	find_facts(p);
	compare_figures(p, err);
	for (l = p->kind->lists; l->path && !err->code; l++)
		compare_list(p, l, err);
	find_cautions(p);
	if (!err->code && !p->c->n)
		error_set(err, EXIT_IMPOSSIBLE,
			  "not comparable: there is no figure with an interval "
			  "that both %s and %s have",
			  p->c->paths[0], p->c->paths[1]);
	return err->code ? -1 : 0;
}

int compare_results(struct comparison *c, const char *a, const char *b,
		    struct error *err)
{
	struct pair p = {.c = c};
	int rc = -1;

	*c = (struct comparison){.paths = {a, b}};
	p.results[0] = result_read(a, err);
	if (p.results[0])
		p.results[1] = result_read(b, err);
	if (p.results[1])
		rc = compare(&p, err);
	result_free(p.results[0]);
	result_free(p.results[1]);
	return rc;
}

void comparison_free(struct comparison *c)
{
	free(c->rows);
	c->rows = NULL;
	c->n = 0;
}
