// SPDX-License-Identifier: GPL-2.0
#include "lower_explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instruction.h"
#include "seqtext.h"

/* What one instruction at one place deviates in, over all its executions. */
struct place {
	uint32_t insn;
	uint32_t step; /* the first; 0: of the sequence as a whole */
	int32_t count;
	uint32_t times; /* that it was executed, and deviates */
};

/* All places of one deviation, in the order of first execution. */
struct places {
	struct place *list;
	size_t n;
};

static void add_place(struct places *p, uint32_t insn, uint32_t step,
		      int32_t count, size_t *index)
{
	if (!index[insn]) {
		p->list[p->n++] = (struct place){.insn = insn, .step = step};
		index[insn] = p->n;
	}
	p->list[index[insn] - 1].count += count;
	p->list[index[insn] - 1].times++;
}

/* Return: 0, or -1: no memory. */
static int find_places(const struct explained *e, enum lower_deviation d,
		       struct places *p)
{
	const struct trace_step *steps =
		e->trace->steps + e->variant->first_step;
	size_t *index = calloc(e->trace->ninsns, sizeof(*index));
	uint32_t i;

	*p = (struct places){
		.list = calloc(e->details->nsteps + 1, sizeof(*p->list))};
	if (!p->list || !index) {
		free(index);
		free(p->list);
		return -1;
	}
	if (e->details->count[0][d]) {
		p->list[p->n++].count = e->details->count[0][d];
		p->list[0].times = 1;
	}
	for (i = 1; i <= e->details->nsteps; i++) {
		if (e->details->count[i][d])
			add_place(p, steps[i - 1].insn, i,
				  e->details->count[i][d], index);
	}
	free(index);
	return 0;
}

/* The operations that a step has become, one after the other. */
static size_t first_op(const struct explained *e, uint32_t step)
{
	const struct sequence *s = e->sequence;
	size_t i;

	for (i = 0; i < s->nops && s->notes[i].line != step; i++)
		;
	return i;
}

static json_t *became_json(const struct explained *e, uint32_t step)
{
	const struct sequence *s = e->sequence;
	json_t *list = json_array();
	char line[256];
	size_t i;

	for (i = first_op(e, step); i < s->nops && s->notes[i].line == step;
	     i++) {
		seqtext_line(s, &s->ops[i], line, sizeof(line));
		json_array_append_new(list, json_string(line));
	}
	return list;
}

static json_t *place_json(const struct explained *e, const struct place *p)
{
	const struct trace_insn *insn = &e->trace->insns[p->insn];
	char address[24], text[INSTRUCTION_TEXT];

	if (!p->step)
		return json_pack("{s:n, s:n, s:n, s:i, s:i, s:o}", "address",
				 "function", "instruction", "times", p->times,
				 "count", p->count, "became",
				 became_json(e, 0));
	snprintf(address, sizeof(address), "%#" PRIx64,
		 (uint64_t)insn->address);
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:o}", "address", address,
			 "function", trace_string(e->trace, insn->function),
			 "instruction", instruction_text(insn, text), "times",
			 p->times, "count", p->count, "became",
			 became_json(e, p->step));
}

json_t *lower_explain_json(const struct explained *e)
{
	json_t *list = json_array(), *of;
	enum lower_deviation d;
	struct places p;
	size_t i;

	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		if (!e->lowering->count[d])
			continue;
		if (find_places(e, d, &p)) {
			json_decref(list);
			return NULL;
		}
		of = json_array();
		for (i = 0; i < p.n; i++)
			json_array_append_new(of, place_json(e, &p.list[i]));
		free(p.list);
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:I, s:o}", "deviation",
				  lower_deviation_name(d), "text",
				  lower_deviation_text(d), "effect",
				  lower_deviation_effect(d), "count",
				  (json_int_t)e->lowering->count[d],
				  "instructions", of));
	}
	return list;
}

static void put_became(const struct explained *e, uint32_t step, FILE *f)
{
	const struct sequence *s = e->sequence;
	const char *separator = "";
	char line[256], *code;
	size_t i;

	for (i = first_op(e, step); i < s->nops && s->notes[i].line == step;
	     i++) {
		seqtext_line(s, &s->ops[i], line, sizeof(line));
		/* Where it lay isn't what it became. */
		code = strstr(line, " code=");
		if (code)
			*code = '\0';
		fprintf(f, "%s%s", separator, line);
		separator = "; ";
	}
}

static void put_place(const struct explained *e, const struct place *p,
		      const char **function, FILE *f)
{
	const struct trace_insn *insn = &e->trace->insns[p->insn];
	const char *now = trace_string(e->trace, insn->function);
	char text[INSTRUCTION_TEXT];

	if (!p->step) {
		fprintf(f, "    %4d  the sequence as a whole: ", p->count);
		put_became(e, 0, f);
		fputc('\n', f);
		return;
	}
	if (now != *function)
		fprintf(f, "    %s:\n", now);
	*function = now;
	fprintf(f, "    %4d  %#14" PRIx64 "  %-40s -> ", p->count,
		(uint64_t)insn->address, instruction_text(insn, text));
	put_became(e, p->step, f);
	fputc('\n', f);
}

void lower_explain(const struct explained *e, FILE *f)
{
	const char *function;
	enum lower_deviation d;
	struct places p;
	size_t i;

	fprintf(f, "%zu instructions became %zu ops\n",
		e->lowering->instructions, e->lowering->ops);
	for (d = 0; d < LOWER_DEVIATIONS; d++) {
		if (!e->lowering->count[d])
			continue;
		fprintf(f, "  %6zu  %s\n          effect: %s\n",
			e->lowering->count[d], lower_deviation_text(d),
			lower_deviation_effect(d));
		if (find_places(e, d, &p))
			continue;
		function = NULL;
		for (i = 0; i < p.n; i++)
			put_place(e, &p.list[i], &function, f);
		free(p.list);
	}
}
