// SPDX-License-Identifier: GPL-2.0
#include "claimfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "studies.h"
#include "yamlfile.h"

static const char example[] =
	"# Claims of your own: switchcost claims my.claims\n"
	"#\n"
	"# A claim names a figure of a study, and the interval in which somebody says that\n"
	"# it lies. The interval is fixed before you measure: that is what makes it a claim.\n"
	"claims:\n"
	"- id: cgo-40ns # by which --only and --expect know it\n"
	"  sentence: A cgo call costs about 40 ns.\n"
	"  source: a colleague\n"
	"  # exact: a count, or whether something is there. measured: a figure.\n"
	"  # comparative: one over another. existential (\"can take\"): one case in which\n"
	"  # it holds is enough. universal (\"always\"): one in which it doesn't refutes it.\n"
	"  class: measured\n"
	"  # of: the figure. study: time, fidelity, replay, sequence, profile, ablation,\n"
	"  # returns, evict, record, stores, program or system; scenario: one that \"goprobe list\"\n"
	"  # knows; value: the keys that lead to it in the JSON of that study, with \"/\"\n"
	"  # between; of a list a number, or an element's name.\n"
	"  of: {study: time, scenario: nop, value: ns}\n"
	"  # One of: {from: 30, to: 50}, {about: 40} (15 % to each side), {value: 40}\n"
	"  # (5 %), {at-least: 30}, {at-most: 50}, {count: 2}, {exists: yes}.\n"
	"  predicts: {about: 40, unit: ns}\n"
	"\n"
	"- id: callback-twice\n"
	"  sentence: A callback from C into Go takes 2 to 3 times as long as a call.\n"
	"  source: a colleague\n"
	"  class: comparative\n"
	"  of: {study: time, scenario: callback, value: ns}\n"
	"  over: {study: time, scenario: nop, value: ns} # what the figure is divided by\n"
	"  # as: reduction # 1 less that: by how much the first is smaller\n"
	"  predicts: {from: 2, to: 3}\n"
	"\n"
	"- id: two-atomics\n"
	"  sentence: A cgo call has two locked operations.\n"
	"  source: a colleague\n"
	"  class: exact\n"
	"  of: {study: record, scenario: nop, value: atomics}\n"
	"  predicts: {count: 2}\n"
	"  # cases: in which it is said to hold; each changes keys of \"of\", \"minus\" or \"over\".\n"
	"  cases:\n"
	"  - {name: an empty function}\n"
	"  - {name: with an argument, of: {scenario: add}}\n"
	"  # - {name: under Go 1.25, go: \"1.25\"} # built by scripts/claims-programs\n"
	"  # malformed: what is wrong with the sentence, where it makes no sense\n"
	"  # cannot: why nobody can tell here, instead of \"of\"\n"
	"  # note: what the figure is of, where that isn't plain\n"
	"  # explain: a paragraph for switchcost-view claims; {measured} stands for the figure\n";

void claimfile_example(FILE *f)
{
	fputs(example, f);
}

/* The reader's place in the file. */
struct reader {
	struct yamlfile file;
	struct error *err;
};

static int text(const struct reader *r, const yaml_node_t *node,
		const char *key, char *value, size_t size)
{
	return yamlfile_text(&r->file, node, key, value, size, r->err);
}

/* Change what @node says of an operand. */
static int take_operand(const struct reader *r, const yaml_node_t *node,
			struct operand *o)
{
	static const char *const keys[] = {"study", "scenario",	   "state",
					   "go",    "environment", "sequence",
					   "value", NULL};
	const char *names[STUDY_NAMED + 1] = {NULL};
	unsigned int i;

	for (i = 0; i < STUDY_NAMED; i++)
		names[i] = study_kind_name(i);
	if (yamlfile_keys(&r->file, node, keys, 0, r->err) ||
	    yamlfile_word(&r->file, node, "study", names, &o->study, r->err) ||
	    text(r, node, "scenario", o->scenario, sizeof(o->scenario)) ||
	    text(r, node, "state", o->state, sizeof(o->state)) ||
	    text(r, node, "go", o->go, sizeof(o->go)) ||
	    text(r, node, "environment", o->environment,
		 sizeof(o->environment)) ||
	    text(r, node, "sequence", o->sequence, sizeof(o->sequence)) ||
	    text(r, node, "value", o->value, sizeof(o->value)))
		return -1;
	return 0;
}

static int take_optional(const struct reader *r, const yaml_node_t *parent,
			 const char *key, struct operand *o, bool *has)
{
	const yaml_node_t *node = yamlfile_get(&r->file, parent, key);

	if (!node)
		return 0;
	*has = true;
	return take_operand(r, node, o);
}

static int take_quantity(const struct reader *r, const yaml_node_t *node,
			 struct quantity *q)
{
	bool of;

	return take_optional(r, node, "of", &q->of, &of) ||
			       take_optional(r, node, "minus", &q->minus,
					     &q->has_minus) ||
			       take_optional(r, node, "over", &q->over,
					     &q->has_over)
		       ? -1
		       : 0;
}

/* Does its study know what it needs? */
static int check_operand(const struct reader *r, const yaml_node_t *node,
			 const char *key, const struct operand *o)
{
	const char *missing = studies_missing(o);

	if (!missing)
		return 0;
	return yamlfile_complain(&r->file, node, key, r->err,
				 "%s is needed for a study of kind %s", missing,
				 study_kind_name(o->study));
}

static int check_case(const struct reader *r, const yaml_node_t *node,
		      const struct quantity *q)
{
	if (yamlfile_get(&r->file, node, "cannot"))
		return 0;
	return check_operand(r, node, "of", &q->of) ||
			       (q->has_minus &&
				check_operand(r, node, "minus", &q->minus)) ||
			       (q->has_over &&
				check_operand(r, node, "over", &q->over))
		       ? -1
		       : 0;
}

static int take_case(const struct reader *r, const yaml_node_t *node,
		     struct claim_case *c)
{
	static const char *const keys[] = {"name", "go",    "of",
					   "over", "minus", NULL};
	char go[sizeof(c->quantity.of.go)] = "";

	if (yamlfile_keys(&r->file, node, keys, 1, r->err) ||
	    text(r, node, "name", c->name, sizeof(c->name)) ||
	    text(r, node, "go", go, sizeof(go)) ||
	    take_quantity(r, node, &c->quantity))
		return -1;
	if (go[0]) {
		memcpy(c->quantity.of.go, go, sizeof(go));
		memcpy(c->quantity.minus.go, go, sizeof(go));
		memcpy(c->quantity.over.go, go, sizeof(go));
	}
	return 0;
}

/* A case for each of a list of values, which is named by what follows its first key. */
static int take_each(const struct reader *r, const yaml_node_t *list, size_t i,
		     struct claim_case *c)
{
	const yaml_node_t *node = yamlfile_entry(&r->file, list, i);
	const char *value = yamlfile_scalar(node), *rest;

	if (!value || strlen(value) >= sizeof(c->quantity.of.value))
		return error_set(r->err, EXIT_USAGE,
				 "%s:%zu: each: text of %zu characters at most "
				 "is needed",
				 r->file.path, yamlfile_line(node),
				 sizeof(c->quantity.of.value) - 1);
	strcpy(c->quantity.of.value, value);
	rest = strchr(value, '/');
	snprintf(c->name, sizeof(c->name), "%s", rest ? rest + 1 : value);
	return 0;
}

/* Of "cases", or of "each", one is there at most. */
static int take_cases(const struct reader *r, const yaml_node_t *node,
		      const struct quantity *common, struct claim *c)
{
	const yaml_node_t *cases, *each;
	size_t ncases, neach, i;

	if (yamlfile_list(&r->file, node, "cases", CLAIM_CASES, &cases, &ncases,
			  r->err) ||
	    yamlfile_list(&r->file, node, "each", CLAIM_CASES, &each, &neach,
			  r->err))
		return -1;
	if (ncases && neach)
		return yamlfile_complain(&r->file, node, "each", r->err,
					 "not beside \"cases\"");
	c->ncases = ncases + neach ? ncases + neach : 1;
	c->cases = calloc(c->ncases, sizeof(*c->cases));
	if (!c->cases)
		return error_set(r->err, EXIT_IMPOSSIBLE, "%s: no memory",
				 r->file.path);
	for (i = 0; i < c->ncases; i++) {
		c->cases[i].quantity = *common;
		if ((i < ncases &&
		     take_case(r, yamlfile_entry(&r->file, cases, i),
			       &c->cases[i])) ||
		    (i < neach && take_each(r, each, i, &c->cases[i])) ||
		    check_case(r, node, &c->cases[i].quantity))
			return -1;
	}
	return 0;
}

/* Of which words a prediction is made; each is a key. */
static const struct {
	const char *key;
	enum claim_words words;
} forms[] = {
	{"from", CLAIM_RANGE},	    {"about", CLAIM_IS_ABOUT},
	{"value", CLAIM_VALUE},	    {"at-least", CLAIM_AT_LEAST},
	{"at-most", CLAIM_AT_MOST}, {"count", CLAIM_COUNT},
	{"exists", CLAIM_EXISTS},
};

static int take_exists(const struct reader *r, const yaml_node_t *node,
		       struct saying *p)
{
	static const char *const words[] = {"no", "yes", NULL};
	unsigned int yes = 0;

	if (yamlfile_word(&r->file, node, "exists", words, &yes, r->err))
		return -1;
	p->words = yes ? CLAIM_EXISTS : CLAIM_ABSENT;
	return 0;
}

static int take_form(const struct reader *r, const yaml_node_t *node,
		     struct saying *p)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!yamlfile_get(&r->file, node, forms[i].key))
			continue;
		if (found)
			return yamlfile_complain(&r->file, node, forms[i].key,
						 r->err, "not beside \"%s\"",
						 found);
		found = forms[i].key;
		p->words = forms[i].words;
	}
	if (!found)
		return error_set(r->err, EXIT_USAGE,
				 "%s:%zu: predicts: one of from, about, value, "
				 "at-least, at-most, count, exists is needed",
				 r->file.path, yamlfile_line(node));
	if (p->words == CLAIM_EXISTS)
		return take_exists(r, node, p);
	return yamlfile_real(&r->file, node, found, &p->value, r->err);
}

static int take_saying(const struct reader *r, const yaml_node_t *claim,
		       struct saying *p)
{
	static const char *const keys[] = {"from",  "to",	"about",
					   "value", "at-least", "at-most",
					   "count", "exists",	"unit",
					   NULL};
	const yaml_node_t *node = yamlfile_get(&r->file, claim, "predicts");

	if (yamlfile_keys(&r->file, node, keys, 0, r->err) ||
	    take_form(r, node, p) ||
	    yamlfile_real(&r->file, node, "to", &p->value_hi, r->err) ||
	    text(r, node, "unit", p->unit, sizeof(p->unit)))
		return -1;
	if (!yamlfile_get(&r->file, node, "to") != (p->words != CLAIM_RANGE))
		return yamlfile_complain(
			&r->file, node, p->words == CLAIM_RANGE ? "from" : "to",
			r->err, "\"from\" and \"to\" are two");
	if (p->words == CLAIM_RANGE && p->value > p->value_hi)
		return yamlfile_complain(&r->file, node, "to", r->err,
					 "less than \"from\"");
	saying_fix(p);
	return 0;
}

static int take_claim(const struct reader *r, const yaml_node_t *node,
		      struct claim *c)
{
	static const char *const keys[] = {
		"id",	   "sentence",	"source", "class", "predicts", "of",
		"minus",   "over",	"as",	  "cases", "each",     "note",
		"explain", "malformed", "cannot", NULL};
	static const char *const as[] = {"value", "reduction", NULL};
	const char *classes[CLAIM_CLASSES + 1] = {NULL};
	struct quantity common = {0};
	unsigned int i, class = 0, how = CLAIM_PLAIN;

	for (i = 0; i < CLAIM_CLASSES; i++)
		classes[i] = claim_class_name(i);
	if (yamlfile_keys(&r->file, node, keys, 5, r->err) ||
	    text(r, node, "id", c->id, sizeof(c->id)) ||
	    text(r, node, "sentence", c->sentence, sizeof(c->sentence)) ||
	    text(r, node, "source", c->source, sizeof(c->source)) ||
	    text(r, node, "note", c->note, sizeof(c->note)) ||
	    text(r, node, "explain", c->explain, sizeof(c->explain)) ||
	    text(r, node, "malformed", c->malformed, sizeof(c->malformed)) ||
	    text(r, node, "cannot", c->cannot, sizeof(c->cannot)) ||
	    yamlfile_word(&r->file, node, "class", classes, &class, r->err) ||
	    yamlfile_word(&r->file, node, "as", as, &how, r->err) ||
	    take_saying(r, node, &c->prediction) ||
	    take_quantity(r, node, &common))
		return -1;
	c->line = yamlfile_line(node);
	c->class = class;
	common.as = how;
	if (!c->cannot[0] && !yamlfile_get(&r->file, node, "of"))
		return yamlfile_complain(&r->file, node, "of", r->err,
					 "of or cannot is needed");
	return take_cases(r, node, &common, c);
}

static int take_all(const struct reader *r, const yaml_node_t *list, size_t n,
		    struct claimfile *f)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		const yaml_node_t *node = yamlfile_entry(&r->file, list, i);

		f->n = i + 1;
		if (take_claim(r, node, &f->claims[i]))
			return -1;
		for (j = 0; j < i; j++)
			if (!strcmp(f->claims[j].id, f->claims[i].id))
				return yamlfile_complain(
					&r->file, node, "id", r->err,
					"line %zu has a claim of that name",
					f->claims[j].line);
	}
	return 0;
}

static int read_claims(struct reader *r, struct claimfile *f)
{
	static const char *const keys[] = {"claims", NULL};
	const yaml_node_t *top = yamlfile_top(&r->file), *list;
	size_t n;

	if (yamlfile_keys(&r->file, top, keys, 1, r->err) ||
	    yamlfile_list(&r->file, top, "claims", CLAIMFILE_MAX, &list, &n,
			  r->err))
		return -1;
	f->claims = calloc(n ? n : 1, sizeof(*f->claims));
	if (!f->claims)
		return error_set(r->err, EXIT_IMPOSSIBLE, "%s: no memory",
				 r->file.path);
	return take_all(r, list, n, f);
}

int claimfile_read(struct claimfile *file, const char *path, struct error *err)
{
	struct reader r = {.err = err};
	int rc;

	*file = (struct claimfile){0};
	if (file_hash(path, file->hash, err) ||
	    yamlfile_open(&r.file, path, err))
		return -1;
	rc = read_claims(&r, file);
	yamlfile_close(&r.file);
	if (rc)
		claimfile_free(file);
	return rc;
}

void claimfile_free(struct claimfile *file)
{
	size_t i;

	for (i = 0; i < file->n; i++)
		free(file->claims[i].cases);
	free(file->claims);
	*file = (struct claimfile){0};
}
