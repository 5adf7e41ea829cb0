// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "decode.h"
#include "engine/optable.h"
#include "report.h"
#include "seqtext.h"

static const char doc[] =
	"Print a trace, instruction by instruction with its accesses, or a "
	"sequence in its text form.";

static void put_step(const struct trace *trace, const struct trace_step *step,
		     const struct trace_access *a,
		     const ZydisFormatter *formatter)
{
	const struct trace_insn *raw = &trace->insns[step->insn];
	char text[128] = "?", name[128];
	struct insn insn;
	unsigned int i;

	if (!insn_decode(&insn, raw->address, raw->bytes, raw->length))
		ZydisFormatterFormatInstruction(
			formatter, &insn.zydis, insn.operands,
			insn.zydis.operand_count_visible, text, sizeof(text),
			raw->address, NULL);
	printf("  %#14lx  %-46s", (unsigned long)raw->address, text);
	for (i = 0; i < step->naccesses; i++)
		printf(" %s%s%s%u:%s",
		       a[i].flags & TRACE_ACCESS_ATOMIC ? "!" : "",
		       a[i].flags & TRACE_ACCESS_READ ? "r" : "",
		       a[i].flags & TRACE_ACCESS_WRITE ? "w" : "", a[i].size,
		       trace_field_name(trace, &a[i], name, sizeof(name)));
	putchar('\n');
}

static void show_trace(const struct input *in)
{
	const struct trace *trace = &in->trace;
	const struct trace_step *step = trace->steps + in->variant->first_step;
	const struct trace_step *end = step + in->variant->nsteps;
	const struct trace_access *a =
		trace->accesses + in->variant->first_access;
	const char *function = NULL, *now;
	ZydisFormatter formatter;

	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	printf("%.*s", (int)trace->meta_bytes, trace->meta);
	printf("variant seen %u times, %u instructions\n\n", in->variant->count,
	       in->variant->nsteps);
	for (; step < end; step++) {
		now = trace_string(trace, trace->insns[step->insn].function);
		if (now != function)
			printf("%s:\n", now);
		function = now;
		put_step(trace, step, a, &formatter);
		a += step->naccesses;
	}
}

static json_t *sequence_json(const struct sequence *s)
{
	struct swc_program program = sequence_program(s);
	json_t *list = json_array(), *regions = json_object();
	struct swc_op_counts c;
	char line[256];
	size_t i;

	swc_op_count(&program, &c);
	for (i = 0; i < s->region_names.n; i++)
		json_object_set_new(regions, s->region_names.list[i],
				    json_integer(s->regions[i].pages));
	for (i = 0; i < s->nops; i++) {
		seqtext_line(s, &s->ops[i], line, sizeof(line));
		json_array_append_new(list, json_string(line));
	}
	return json_pack("{s:i, s:i, s:i, s:i, s:o, s:o}", "ops", c.ops,
			 "loads", c.loads, "stores", c.stores, "atomics",
			 c.atomics, "regions", regions, "sequence", list);
}

int verb_show(int argc, char **argv)
{
	struct cli_input a = {0};
	struct error err = {0};
	int code = EXIT_DONE;
	struct input in;
	json_t *o;

	cli_parse_input("T", doc, argc, argv, &a);
	/* As JSON it is a sequence in any case, which a trace is lowered to. */
	if ((a.json ? input_open_sequence : input_open)(&in, a.path, a.variant,
							&err))
		return cli_fail(&err);
	if (a.json) {
		o = sequence_json(&in.sequence);
		if (o && in.is_trace)
			json_object_set_new(o, "counts",
					    report_counts(&in.counts));
		code = cli_print(o, EXIT_DONE);
	} else if (in.is_trace) {
		show_trace(&in);
	} else {
		seqtext_write(&in.sequence, stdout);
	}
	input_close(&in);
	return code;
}
