// SPDX-License-Identifier: GPL-2.0
#include "tracecount.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "decode.h"
#include "tracecheck.h"

#define LINE_SHIFT 6
#define PAGE_SHIFT 12

/* The extents of some accesses, to count the units that they cover. */
struct extents {
	struct extent {
		uint64_t first;
		uint64_t last;
	} *list;
	size_t n;
};

static int by_first(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* How many units of 1 << @shift bytes the extents, sorted, touch. */
static size_t count_units(const struct extents *extents, unsigned int shift)
{
	size_t units = 0, i;
	uint64_t next = 0; /* the first unit not yet counted */

	for (i = 0; i < extents->n; i++) {
		uint64_t first = extents->list[i].first >> shift;
		uint64_t last = extents->list[i].last >> shift;

		if (first < next)
			first = next;
		if (last >= first) {
			units += last - first + 1;
			next = last + 1;
		}
	}
	return units;
}

static void add_extent(struct extents *extents, uint64_t address, uint64_t size)
{
	extents->list[extents->n++] =
		(struct extent){address, address + size - 1};
}

/* Indexed like CODE: each instruction is decoded once, however often it ran. */
struct decoded {
	enum insn_kind kind;
	bool known;
	bool atomic;
};

static int decode_once(const struct trace *trace, struct decoded *decoded,
		       uint32_t index, struct error *err)
{
	const struct trace_insn *code = &trace->insns[index];
	struct insn insn;

	if (decoded[index].known)
		return 0;
	if (insn_decode(&insn, code->address, code->bytes, code->length))
		return DAMAGED(trace, err,
			       "no instruction at 0x%" PRIx64 " in %s",
			       code->address,
			       trace_string(trace, code->function));
	decoded[index] = (struct decoded){insn.kind, true, insn.atomic};
	return 0;
}

static void count_insn(const struct decoded *insn, struct trace_counts *counts)
{
	counts->atomics += insn->atomic;
	counts->calls += insn->kind == INSN_CALL;
	counts->rets += insn->kind == INSN_RET;
	counts->branches += insn->kind == INSN_BRANCH;
}

static bool is_switch(uint64_t from, uint64_t to)
{
	uint64_t moved = from > to ? from - to : to - from;

	return moved > TRACE_SWITCH_BYTES;
}

static int count_steps(const struct trace *trace,
		       const struct trace_variant *variant,
		       struct trace_counts *counts, struct decoded *decoded,
		       struct extents *code, struct error *err)
{
	const struct trace_step *step = &trace->steps[variant->first_step];
	uint32_t i;

	for (i = 0; i < variant->nsteps; i++, step++) {
		const struct trace_insn *insn = &trace->insns[step->insn];

		if (decode_once(trace, decoded, step->insn, err))
			return -1;
		count_insn(&decoded[step->insn], counts);
		if (i && is_switch(step[-1].rsp, step->rsp))
			counts->switches++;
		add_extent(code, insn->address, insn->length);
	}
	return 0;
}

static void count_accesses(const struct trace *trace,
			   const struct trace_variant *variant,
			   struct trace_counts *counts, struct extents *data)
{
	const struct trace_access *access =
		&trace->accesses[variant->first_access];
	uint32_t i;

	for (i = 0; i < variant->naccesses; i++, access++) {
		counts->loads += !!(access->flags & TRACE_ACCESS_READ);
		counts->stores += !!(access->flags & TRACE_ACCESS_WRITE);
		add_extent(data, access->address, access->size);
	}
}

int trace_count(const struct trace *trace, const struct trace_variant *variant,
		struct trace_counts *counts, struct error *err)
{
	struct extents code = {0}, data = {0};
	struct decoded *decoded;
	int result = -1;

	*counts = (struct trace_counts){.instructions = variant->nsteps};
	decoded = calloc(trace->ninsns, sizeof(*decoded));
	code.list = calloc(variant->nsteps, sizeof(*code.list));
	data.list = calloc(variant->naccesses + 1ul, sizeof(*data.list));
	if (!decoded || !code.list || !data.list) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory",
			  trace->path);
		goto out;
	}
	if (count_steps(trace, variant, counts, decoded, &code, err))
		goto out;
	count_accesses(trace, variant, counts, &data);
	qsort(code.list, code.n, sizeof(*code.list), by_first);
	qsort(data.list, data.n, sizeof(*data.list), by_first);
	counts->code_lines = count_units(&code, LINE_SHIFT);
	counts->code_pages = count_units(&code, PAGE_SHIFT);
	counts->data_lines = count_units(&data, LINE_SHIFT);
	counts->data_pages = count_units(&data, PAGE_SHIFT);
	result = 0;
out:
	free(data.list);
	free(code.list);
	free(decoded);
	return result;
}
