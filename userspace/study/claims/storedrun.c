// SPDX-License-Identifier: GPL-2.0
#include "storedrun.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "studies.h"

int storedrun_open(struct storedrun *run, const char *path, struct error *err)
{
	json_error_t where;
	struct stat st;

	run->json = NULL;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	run->json = json_load_file(path, 0, &where);
	if (run->json && json_is_array(json_object_get(run->json, "claims")))
		return 0;
	error_set(err, EXIT_USAGE, "%s:%d: %s: give what claims --json printed",
		  path, run->json ? 1 : where.line,
		  run->json ? "holds no claims" : where.text);
	storedrun_close(run);
	return -1;
}

void storedrun_close(struct storedrun *run)
{
	json_decref(run->json);
	run->json = NULL;
}

static void copy_word(char *to, size_t bytes, const json_t *of, const char *key)
{
	const char *word = json_string_value(json_object_get(of, key));

	snprintf(to, bytes, "%s", word ? word : "");
}

void storedrun_origin(const struct storedrun *run, struct machine *machine,
		      char go[STOREDRUN_GO])
{
	const json_t *of = json_object_get(run->json, "provenance");

	copy_word(machine->cpu, sizeof(machine->cpu), of, "cpu");
	copy_word(machine->signature, sizeof(machine->signature), of,
		  "cpu_signature");
	copy_word(machine->microcode, sizeof(machine->microcode), of,
		  "microcode");
	copy_word(machine->kernel, sizeof(machine->kernel), of, "kernel");
	copy_word(machine->hypervisor, sizeof(machine->hypervisor), of,
		  "hypervisor");
	copy_word(machine->date, sizeof(machine->date), of, "date");
	copy_word(go, STOREDRUN_GO, run->json, "go");
}

static void add(char text[STOREDRUN_QUANTITY], const char *sign,
		const struct operand *o)
{
	size_t used = strlen(text);
	char name[STUDY_NAME];

	snprintf(text + used, STOREDRUN_QUANTITY - used, "%s%s:%s", sign,
		 study_name(o, name), o->value);
}

const char *storedrun_quantity(const struct claim_case *c,
			       char text[STOREDRUN_QUANTITY])
{
	text[0] = '\0';
	add(text, "", &c->quantity.of);
	if (c->quantity.has_minus)
		add(text, " - ", &c->quantity.minus);
	if (c->quantity.has_over)
		add(text, " / ", &c->quantity.over);
	return text;
}

/* The case in the result that is of this quantity. */
static const json_t *find_case(const json_t *result, const struct claim *claim,
			       size_t i)
{
	const json_t *row, *one;
	char quantity[STOREDRUN_QUANTITY];
	size_t k, m;

	storedrun_quantity(&claim->cases[i], quantity);
	json_array_foreach(json_object_get(result, "claims"), k, row) {
		const char *id = json_string_value(json_object_get(row, "id"));

		if (!id || strcmp(id, claim->id))
			continue;
		json_array_foreach(json_object_get(row, "cases"), m, one) {
			const char *is = json_string_value(
				json_object_get(one, "quantity"));

			if (is && !strcmp(is, quantity))
				return one;
		}
	}
	return NULL;
}

static bool is_fact(const struct quantity *q)
{
	return study_row(q->of.study)->once &&
	       (!q->has_minus || study_row(q->minus.study)->once) &&
	       (!q->has_over || study_row(q->over.study)->once);
}

/* Only a replay has a frame, whose constant all runs may be off by together. */
static bool has_frame(const struct operand *o)
{
	return o->study != STUDY_TIME && !study_row(o->study)->once;
}

void storedrun_find(const struct storedrun *run, const struct claim *claim,
		    size_t i, struct finding *f)
{
	const struct quantity *q = &claim->cases[i].quantity;
	const json_t *one = find_case(run->json, claim, i), *draw;
	const json_t *over = json_object_get(one, "over");
	const char *why = json_string_value(json_object_get(one, "why"));
	struct quantity turns;
	size_t k;

	*f = (struct finding){
		.by_turns = studies_by_turns(q, &turns) &&
			    json_is_true(json_object_get(one, "by_turns")),
		.series.common = has_frame(&q->of)
					 ? json_number_value(json_object_get(
						   one, "common"))
					 : 0,
		.series.ratio = q->has_over,
		.series.reduction = q->as == CLAIM_REDUCTION,
		.series.fact = is_fact(q),
	};
	snprintf(f->why, sizeof(f->why), "%.255s",
		 one ? (why ? why : "") : "the result is of another quantity");
	json_array_foreach(json_object_get(one, "drawn"), k, draw)
		series_add(&f->series, json_number_value(draw),
			   q->has_over
				   ? json_number_value(json_array_get(over, k))
				   : 1);
}
