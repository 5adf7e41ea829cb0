// SPDX-License-Identifier: GPL-2.0
#include "functions.h"

#include <stdlib.h>

/* Equal strings have one offset in a trace, so that pointers may be compared. */
static struct function_counts *find(struct function_counts *list, size_t *n,
				    const char *name)
{
	size_t i;

	for (i = 0; i < *n; i++) {
		if (list[i].name == name)
			return &list[i];
	}
	list[*n].name = name;
	return &list[(*n)++];
}

int functions_count(const struct trace *trace,
		    const struct trace_variant *variant,
		    struct function_counts **list, size_t *n, struct error *err)
{
	const struct trace_access *a = trace->accesses + variant->first_access;
	const struct trace_step *step = trace->steps + variant->first_step;
	const struct trace_step *end = step + variant->nsteps;
	struct function_counts *f;
	unsigned int i;

	*n = 0;
	*list = calloc(trace->ninsns + 1, sizeof(**list));
	if (!*list)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
				 trace->path);
	for (; step < end; step++) {
		f = find(*list, n,
			 trace_string(trace,
				      trace->insns[step->insn].function));
		f->instructions++;
		for (i = 0; i < step->naccesses; i++, a++) {
			f->loads += !!(a->flags & TRACE_ACCESS_READ);
			f->stores += !!(a->flags & TRACE_ACCESS_WRITE);
		}
	}
	return 0;
}
