// SPDX-License-Identifier: GPL-2.0
#include "lower_explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instruction.h"
#include "report.h"
#include "seqtext.h"

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
		.list = calloc(e->details.nsteps + 1, sizeof(*p->list))};
	if (!p->list || !index) {
		free(index);
		free(p->list);
		return -1;
	}
	if (e->details.count[0][d]) {
		p->list[p->n++].count = e->details.count[0][d];
		p->list[0].times = 1;
	}
	for (i = 1; i <= e->details.nsteps; i++) {
		if (e->details.count[i][d])
			add_place(p, steps[i - 1].insn, i,
				  e->details.count[i][d], index);
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

/* The walk is in a place, in its deviation, in the lowering. */
GETTER(const struct explained *, explained_of, at->up->up->data);

static const char *op_text(const struct at *at, const struct field *f,
			   char *text)
{
	const struct sequence *s = explained_of(at->up)->sequence;

	(void)f;
	seqtext_line(s, at->data, text, RESULT_TEXT);
	return text;
}

static const struct record op_record = {
	.fields = FIELDS({TEXT_OF(NULL, op_text)}),
};

static struct elements became(const struct at *at)
{
	const struct explained *e = explained_of(at);
	const struct sequence *s = e->sequence;
	const struct place *p = at->data;
	size_t first = first_op(e, p->step), end = first;

	while (end < s->nops && s->notes[end].line == p->step)
		end++;
	return (struct elements){&s->ops[first], end - first, sizeof(*s->ops)};
}

GETTER(const struct trace_insn *, insn_of,
       &explained_of(at)->trace->insns[DATA(place)->insn]);

static const char *address(const struct at *at, const struct field *f,
			   char *text)
{
	(void)f;
	snprintf(text, RESULT_TEXT, "%#" PRIx64,
		 (uint64_t)insn_of(at)->address);
	return text;
}

GETTER(const char *, function,
       trace_string(explained_of(at)->trace, insn_of(at)->function));

static const char *instruction(const struct at *at, const struct field *f,
			       char *text)
{
	(void)f;
	return instruction_text(insn_of(at), text);
}

/* Deviations of the sequence as a whole have no place. */
static const struct record place_record = {
	.fields = FIELDS(
		{TEXT_OF("address", address), .valid_if = IS(place, step)},
		{WORD_OF("function", function), .valid_if = IS(place, step)},
		{TEXT_OF("instruction", instruction),
		 .valid_if = IS(place, step)},
		{MEMBER("times", place, times)},
		{MEMBER("count", place, count)},
		{ROWS_OF("became", became, &op_record)}),
};

/* The effect of a deviation, whose number the walk is at. */
GETTER(const char *, planted_text, planting_text(at->up->i));
GETTER(const struct deviation_effects *, effects_of,
       ((const struct explained *)at->up->data)->effects);
GETTER(bool, effects_are_valid, effects_of(at->up)->m.valid);
GETTER(bool, are_looped, effects_of(at->up)->m.loops.n);

static const struct record effect_record = {
	.fields =
		FIELDS({WORD_OF("planted", planted_text)},
		       {MEMBER("times", deviation_effect, planting.planted)},
		       {MEMBER("cycles", deviation_effect, cycles), FIGURE},
		       {MEMBER("back_to_back", deviation_effect, back_to_back),
			FIGURE, .valid_if = IF(are_looped)}),
	.valid = IF(effects_are_valid),
};

GETTER(bool, has_effects, effects_of(at));
GETTER(bool, is_planted,
       has_effects(at) && effects_of(at)->list[at->i].planting.planted);
GETTER(bool, is_not_planted, has_effects(at) && !is_planted(at));
GETTER(const void *, effect_of, &effects_of(at)->list[at->i]);
GETTER(const char *, why_not_planted, effects_of(at)->list[at->i].planting.why);

static const struct record deviation_record = {
	.fields = FIELDS({INDEX("deviation", lower_deviation_name)},
			 {INDEX("text", lower_deviation_text)},
			 {INDEX("effect", lower_deviation_effect)},
			 {OBJECT_OF("measured", effect_of, &effect_record),
			  .when = IF(is_planted)},
			 {WORD_OF("not_measured", why_not_planted),
			  .when = IF(is_not_planted)},
			 {MEMBER("count", deviation, count)},
			 {ROWS("instructions", deviation, places.list, places.n,
			       &place_record)}),
	.has = IS(deviation, count),
};

/* The walk is in what a sequence carries, in the lowering. */
GETTER(const char *, without, carried_text(at->up->i));

static const struct record without_record = {
	.fields =
		FIELDS({WORD_OF("planted", without)},
		       {MEMBER("times", deviation_effect, planting.planted)},
		       {MEMBER("cycles", deviation_effect, cycles), FIGURE},
		       {MEMBER("back_to_back", deviation_effect, back_to_back),
			FIGURE, .valid_if = IF(are_looped)}),
	.valid = IF(effects_are_valid),
};

GETTER(const void *, carried_effect, at->data);
GETTER(bool, is_taken, DATA(deviation_effect)->planting.planted);
GETTER(bool, is_not_taken, DATA(deviation_effect)->planting.why);
GETTER(bool, is_there, is_taken(at) || is_not_taken(at));

static const struct record carried_record = {
	.fields =
		FIELDS({INDEX("carried", carried_name)},
		       {OBJECT_OF("without", carried_effect, &without_record),
			.when = IF(is_taken)},
		       {MEMBER("not_measured", deviation_effect, planting.why),
			.when = IF(is_not_taken)}),
	.has = IF(is_there),
};

GETTER(struct elements, carried_effects,
       (struct elements){DATA(explained)->effects->carried, CARRIED_KINDS,
			 sizeof(DATA(explained)->effects->carried[0])});

const struct record lower_record = {
	.fields = FIELDS(
		{INLINE_TO(explained, lowering, &report_lowering)},
		{INLINE_AT(explained, facts, &report_facts),
		 .when = IS(explained, effects)},
		{ROWS("explain", explained, deviations, n, &deviation_record),
		 .when = IS(explained, deviations)},
		{ROWS_OF("carried", carried_effects, &carried_record),
		 .when = IS(explained, effects)}),
};

/* Of all deviations. Return: 0, or -1: no memory. */
static int find_all(struct explained *e)
{
	enum lower_deviation d;

	e->n = LOWER_DEVIATIONS;
	e->deviations = calloc(e->n, sizeof(*e->deviations));
	for (d = 0; e->deviations && d < LOWER_DEVIATIONS; d++) {
		e->deviations[d].count = e->lowering->count[d];
		if (e->lowering->count[d] &&
		    find_places(e, d, &e->deviations[d].places))
			return -1;
	}
	return e->deviations ? 0 : -1;
}

int explained_make(struct explained *e, struct input *in, bool touch_only,
		   bool explain, struct error *err)
{
	const struct lower_options how = {
		.touch_only = touch_only,
		.details = explain ? &e->details : NULL,
	};

	*e = (struct explained){
		.trace = &in->trace,
		.variant = in->variant,
		.sequence = &in->sequence,
		.lowering = &in->lowering,
	};
	if (input_lower(in, &how, err))
		return -1;
	if (!explain || !find_all(e))
		return 0;
	explained_free(e);
	return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory: free some",
			 in->trace.path);
}

void explained_free(struct explained *e)
{
	size_t d;

	for (d = 0; e->deviations && d < LOWER_DEVIATIONS; d++)
		free(e->deviations[d].places.list);
	free(e->deviations);
	e->deviations = NULL;
	lower_details_free(&e->details);
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
		/* An operation's place isn't what it became. */
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

static void put_estimate(const char *what, const struct estimate *e, FILE *f)
{
	fprintf(f, "%s %+.2f [%.2f, %.2f]", what, e->mean, e->lo, e->hi);
}

static void put_measured(const struct deviation_effects *all,
			 const struct deviation_effect *effect,
			 const char *planted, FILE *f)
{
	fprintf(f, "measured, %s (%u): ", planted, effect->planting.planted);
	put_estimate("cycles", &effect->cycles, f);
	if (all->m.loops.n)
		put_estimate(", back to back", &effect->back_to_back, f);
	fputc('\n', f);
}

/* The sequence takes so much more without each thing that it carries. */
static void put_carried(const struct deviation_effects *all, FILE *f)
{
	const struct deviation_effect *effect;
	enum carried c;

	for (c = 0; c < CARRIED_KINDS; c++) {
		effect = &all->carried[c];
		if (!effect->planting.planted && !effect->planting.why)
			continue;
		fprintf(f, "  carried, %s\n          ", carried_name(c));
		if (effect->planting.why)
			fprintf(f, "not measured: %s\n", effect->planting.why);
		else if (all->m.valid)
			put_measured(all, effect, carried_text(c), f);
		else
			fputs("not measured: the run isn't valid\n", f);
	}
}

/* The effect that is expected, and the one that was measured. */
static void put_effect(const struct explained *e, enum lower_deviation d,
		       FILE *f)
{
	const struct deviation_effects *all = e->effects;
	const struct deviation_effect *effect;

	fprintf(f, "          expected: %s\n          ",
		lower_deviation_effect(d));
	effect = all ? &all->list[d] : NULL;
	if (!all) {
		fputs("not measured: see --measure\n", f);
	} else if (!effect->planting.planted) {
		fprintf(f, "not measured: %s\n", effect->planting.why);
	} else if (!all->m.valid) {
		fprintf(f, "not measured: the run isn't valid\n");
	} else {
		put_measured(all, effect, planting_text(d), f);
	}
}

void lower_explain(const struct explained *e, FILE *f)
{
	const struct deviation *d;
	const char *function;
	size_t i;

	fprintf(f, "%zu instructions became %zu ops\n",
		e->lowering->instructions, e->lowering->ops);
	if (e->effects && !e->effects->m.valid)
		fprintf(f, "%s\n", e->effects->m.why);
	for (d = e->deviations; d < e->deviations + e->n; d++) {
		if (!d->count)
			continue;
		fprintf(f, "  %6zu  %s\n", d->count,
			lower_deviation_text(d - e->deviations));
		put_effect(e, d - e->deviations, f);
		function = NULL;
		for (i = 0; i < d->places.n; i++)
			put_place(e, &d->places.list[i], &function, f);
	}
	if (e->effects)
		put_carried(e->effects, f);
}
