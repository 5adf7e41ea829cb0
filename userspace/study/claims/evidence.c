// SPDX-License-Identifier: GPL-2.0
#include "evidence.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filehash.h"
#include "machine.h"
#include "outfile.h"
#include "sysfile.h"

const char *evidence_path(const struct evidence *e, const struct operand *o,
			  size_t draw, char path[EVIDENCE_PATH])
{
	char name[STUDY_NAME];

	snprintf(path, EVIDENCE_PATH, "%s/%s.%zu.json", e->directory,
		 study_name(o, name), draw);
	return path;
}

size_t evidence_draws(const struct evidence *e, const struct operand *o)
{
	char path[EVIDENCE_PATH];
	size_t n = 0;

	while (n < SERIES_MAX &&
	       !access(evidence_path(e, o, n + 1, path), F_OK))
		n++;
	return n;
}

bool evidence_gate(const struct operand *o, struct operand *gate)
{
	if (!study_row(o->study)->faithful)
		return false;
	*gate = *o;
	gate->study = STUDY_FIDELITY;
	gate->state[0] = '\0';
	gate->sequence[0] = '\0';
	strcpy(gate->value, "faithful");
	return true;
}

static int put_text(const void *text, FILE *to)
{
	return fputs(text, to) == EOF;
}

int evidence_begin(const struct evidence *e, const char *program,
		   struct error *err)
{
	char path[EVIDENCE_PATH], hash[FILEHASH_BYTES], is[64], was[64];
	struct machine machine;

	if (mkdir(e->directory, 0777) && errno != EEXIST)
		return error_set(err, EXIT_USAGE, "%s: cannot make it: %s",
				 e->directory, strerror(errno));
	if (file_hash(program, hash, err))
		return -1;
	machine_describe(&machine);
	snprintf(is, sizeof(is), "%s %s\n", hash, machine.signature);
	snprintf(path, sizeof(path), "%s/of", e->directory);
	if (sysfile_read(path, was, sizeof(was)) < 0)
		return outfile_write(path, put_text, is, err);
	if (!strcmp(is, was))
		return 0;
	return error_set(err, EXIT_USAGE,
			 "%s: is of another goprobe or machine: remove it, or "
			 "name another by --evidence",
			 e->directory);
}

/* The element of a list that has this name. */
static const json_t *named(const json_t *list, const char *name)
{
	const json_t *element;
	size_t i;

	json_array_foreach(list, i, element) {
		const char *is =
			json_string_value(json_object_get(element, "name"));

		if (is && !strcmp(is, name))
			return element;
	}
	return NULL;
}

static const json_t *step_into(const json_t *json, const char *key)
{
	const json_t *element;
	char *end;
	size_t i;

	if (!json_is_array(json))
		return json_object_get(json, key);
	element = named(json, key);
	if (element)
		return element;
	i = strtoul(key, &end, 10);
	return *key && !*end ? json_array_get(json, i) : NULL;
}

/* The next key of a path; false: it has ended. */
static bool next_key(const char **path, char key[CLAIM_PATH])
{
	size_t n = strcspn(*path, "/");

	if (!**path)
		return false;
	snprintf(key, CLAIM_PATH, "%.*s", (int)n, *path);
	*path += n + ((*path)[n] == '/');
	return true;
}

static double number_of(const json_t *json);

/* The sum of what @path leads to, over all elements of a list with that name. */
static double sum_named(const json_t *list, const char *name, const char *path)
{
	const json_t *element;
	double sum = 0, value;
	char key[CLAIM_PATH];
	size_t i;

	json_array_foreach(list, i, element) {
		const json_t *at = element;
		const char *rest = path, *is;

		is = json_string_value(json_object_get(element, "name"));
		if (!is || strcmp(is, name))
			continue;
		while (next_key(&rest, key))
			at = step_into(at, key);
		value = number_of(at);
		sum += isnan(value) ? 0 : value;
	}
	return sum;
}

/* A number, the mean of an estimate, or yes and no as 1 and 0; NAN: none of these. */
static double number_of(const json_t *json)
{
	if (json_is_object(json))
		json = json_object_get(json, "mean");
	if (json_is_boolean(json))
		return json_is_true(json);
	return json_is_number(json) ? json_number_value(json) : NAN;
}

/* Does an object say that its figures mean something? Most say nothing. */
static bool is_valid(const json_t *json, char why[256])
{
	const char *text;

	if (!json_is_false(json_object_get(json, "valid")))
		return true;
	text = json_string_value(json_object_get(json, "why"));
	snprintf(why, 256, "%s", text && *text ? text : "the run isn't valid");
	return false;
}

/**
 * struct figure - of one file
 * @value: NAN: there is none
 * @there: something is at its path
 * @unknown: what is there says that nobody knows: null
 * @common: cycles to each side that all runs may be off by
 */
struct figure {
	double value;
	bool there;
	bool unknown;
	double common;
};

static double common_of(const json_t *top)
{
	static const char *const keys[] = {"frame_rest_cycles",
					   "systematic_cycles"};
	double sum = 0, value;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = number_of(json_object_get(top, keys[i]));
		sum += isnan(value) ? 0 : value;
	}
	return sum;
}

/* Follow a path, and look at each object on the way. False: not valid, and @why. */
static bool follow(const json_t *top, const char *path, struct figure *f,
		   char why[256])
{
	const json_t *at = top;
	char key[CLAIM_PATH];

	f->common = common_of(top);
	while (is_valid(at, why) && next_key(&path, key)) {
		if (key[0] == '+') {
			f->value = sum_named(at, key + 1, path);
			f->there = f->value != 0;
			return true;
		}
		at = step_into(at, key);
	}
	f->value = number_of(at);
	f->unknown = json_is_null(at);
	f->there = at && !f->unknown && !json_is_false(at);
	return !why[0];
}

/* One file. 1: it has a figure; 0: it hasn't, and @why; -1: @err. */
static int read_figure(const char *path, const struct operand *o,
		       struct figure *f, char why[256], struct error *err)
{
	json_error_t where;
	json_t *top = json_load_file(path, 0, &where);
	bool valid;

	why[0] = '\0';
	if (!top)
		return error_set(err, EXIT_USAGE,
				 "%s:%d: %s: remove it, it will be made again",
				 path, where.line, where.text);
	valid = follow(top, o->value, f, why);
	json_decref(top);
	return valid;
}

/* One draw of fidelity: its own answer, and how far off it is, as a part of what it may be. */
static int read_gate(const struct evidence *e, const struct operand *gate,
		     size_t draw, struct figure *faithful, double *off,
		     char why[256], struct error *err)
{
	static const char *const values[] = {"off", "off_at_most"};
	struct operand o = *gate;
	char path[EVIDENCE_PATH];
	struct figure parts[2];
	size_t i;
	int rc;

	*off = NAN;
	evidence_path(e, gate, draw, path);
	rc = read_figure(path, &o, faithful, why, err);
	for (i = 0; rc > 0 && i < 2; i++) {
		strcpy(o.value, values[i]);
		rc = read_figure(path, &o, &parts[i], why, err);
	}
	if (rc > 0)
		*off = parts[0].value / parts[1].value;
	return rc;
}

/*
 * One draw says for itself whether its replay is the call. When there are enough for a
 * look, all say it together, whatever the first has said: how far they are off lies, with
 * its interval, within what one may be off. 1: it is; 0: it isn't; -1: @err.
 */
static int gate_opens(const struct evidence *e, const struct operand *gate,
		      char why[256], struct error *err)
{
	size_t draw, n = evidence_draws(e, gate);
	struct figure faithful = {0};
	struct series offs = {0};
	struct estimate all;
	char said[256];
	int first = 0, rc;
	double off;

	for (draw = 1; draw <= n; draw++) {
		rc = read_gate(e, gate, draw, &faithful, &off,
			       draw == 1 ? why : said, err);
		if (rc < 0)
			return -1;
		if (rc && draw == 1)
			first = faithful.value == 1;
		if (rc && isfinite(off))
			series_add(&offs, off, 1);
	}
	if (series_estimate(&offs, VERDICT_ALPHA, &all))
		return all.lo >= -1 && all.hi <= 1;
	return first;
}

int evidence_passes(const struct evidence *e, const struct operand *o,
		    char why[256], struct error *err)
{
	struct operand gate;
	char said[256] = "";
	int rc;

	if (!evidence_gate(o, &gate))
		return 1;
	if (o->state[0]) {
		snprintf(why, 256,
			 "no live call is held against a replay in the state "
			 "%s",
			 o->state);
		return 0;
	}
	if (!evidence_draws(e, &gate)) {
		snprintf(why, 256, "no fidelity of %s is known", o->scenario);
		return 0;
	}
	rc = gate_opens(e, &gate, said, err);
	if (rc)
		return rc;
	if (said[0])
		snprintf(why, 256, "fidelity: %.200s", said);
	else
		snprintf(
			why, 256,
			"the replay of %s isn't faithful: it isn't the live call",
			o->scenario);
	return 0;
}

/* The figures of a quantity's operands in one draw. */
struct drawn {
	struct figure of;
	struct figure minus;
	struct figure over;
};

static double upper(const struct quantity *q, const struct drawn *d)
{
	return d->of.value - (q->has_minus ? d->minus.value : 0);
}

/* By how much the quantity may be off if each operand is off by what all runs are. */
static double combine_common(const struct quantity *q, const struct drawn *d)
{
	double part = d->of.common + (q->has_minus ? d->minus.common : 0);
	double value = upper(q, d);

	if (!q->has_over)
		return part;
	return (part + fabs(value / d->over.value) * d->over.common) /
	       fabs(d->over.value);
}

static int read_operand(const struct evidence *e, const struct operand *o,
			size_t draw, struct figure *f, char why[256],
			struct error *err)
{
	char path[EVIDENCE_PATH];

	/* A fact is found once, however often what it is compared with is drawn. */
	if (study_row(o->study)->once)
		draw = 1;
	if (access(evidence_path(e, o, draw, path), F_OK)) {
		why[0] = '\0';
		return 0;
	}
	return read_figure(path, o, f, why, err);
}

/* 1: all operands of a draw are there; 0: not all; -1: @err. */
static int read_draw(const struct evidence *e, const struct quantity *q,
		     size_t draw, struct drawn *d, char why[256],
		     struct error *err)
{
	int rc = read_operand(e, &q->of, draw, &d->of, why, err);

	if (rc > 0 && q->has_minus)
		rc = read_operand(e, &q->minus, draw, &d->minus, why, err);
	if (rc > 0 && q->has_over)
		rc = read_operand(e, &q->over, draw, &d->over, why, err);
	return rc;
}

static void add_draw(const struct quantity *q, const struct saying *p,
		     const struct drawn *d, struct finding *f)
{
	bool asks_whether = p->words == CLAIM_EXISTS ||
			    p->words == CLAIM_ABSENT;
	double value = asks_whether ? d->of.there : upper(q, d);
	double over = q->has_over ? d->over.value : 1;

	if (asks_whether && d->of.unknown)
		value = NAN;
	if (isfinite(value) && isfinite(over) && over != 0) {
		series_add(&f->series, value, over);
		f->series.common = fmax(f->series.common, combine_common(q, d));
	} else if (!f->why[0]) {
		snprintf(f->why, sizeof(f->why), "%s: no figure is there",
			 q->of.value);
	}
}

/* May the replays of all operands be believed? */
static int pass_gates(const struct evidence *e, const struct quantity *q,
		      char why[256], struct error *err)
{
	int rc = evidence_passes(e, &q->of, why, err);

	if (rc > 0 && q->has_minus)
		rc = evidence_passes(e, &q->minus, why, err);
	if (rc > 0 && q->has_over)
		rc = evidence_passes(e, &q->over, why, err);
	return rc;
}

bool evidence_refused(const struct evidence *e, const struct operand *o)
{
	char path[EVIDENCE_PATH];
	json_t *top = json_load_file(evidence_path(e, o, 1, path), 0, NULL);
	bool refused = json_is_true(json_object_get(top, "refused"));

	json_decref(top);
	return refused;
}

bool evidence_turns(const struct evidence *e, const struct quantity *q,
		    struct quantity *turns)
{
	return studies_by_turns(q, turns) && !evidence_refused(e, &turns->of);
}

static size_t most_draws(const struct evidence *e, const struct quantity *q)
{
	size_t n = evidence_draws(e, &q->of), other;

	if (q->has_over) {
		other = evidence_draws(e, &q->over);
		n = other > n ? other : n;
	}
	return n;
}

int evidence_find(const struct evidence *e, const struct claim_case *c,
		  const struct saying *p, struct finding *f, struct error *err)
{
	const struct quantity *q = &c->quantity;
	struct quantity turns;
	bool by_turns = evidence_turns(e, q, &turns) &&
			evidence_draws(e, &turns.of);
	size_t draw, n;
	struct drawn d;
	char why[256];
	int rc;

	q = by_turns ? &turns : q;
	n = most_draws(e, q);
	*f = (struct finding){
		.by_turns = by_turns,
		.series.ratio = q->has_over,
		.series.reduction = q->as == CLAIM_REDUCTION,
		.series.fact =
			study_row(q->of.study)->once &&
			(!q->has_minus || study_row(q->minus.study)->once) &&
			(!q->has_over || study_row(q->over.study)->once),
	};
	rc = pass_gates(e, q, f->why, err);
	for (draw = 1; rc > 0 && draw <= n; draw++) {
		rc = read_draw(e, q, draw, &d, why, err);
		if (rc > 0)
			add_draw(q, p, &d, f);
		else if (!rc && !f->why[0])
			snprintf(f->why, sizeof(f->why), "%s", why);
		rc = rc < 0 ? rc : 1;
	}
	return rc < 0 ? -1 : 0;
}
