// SPDX-License-Identifier: GPL-2.0
#include "codelayout.h"

#include <stdlib.h>

#include "engine/layout.h"
#include "engine/chunks.h"
#include "engine/slots.h"

/* Regions are said to be here: low, as the user backend's are. */
#define ANYWHERE 0x40000000ull

static int by_value(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* How many distinct numbers there are in a sorted list, each divided by @by. */
static uint32_t count_distinct(const uint32_t *list, size_t n, uint32_t by)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < n; i++)
		count += !i || list[i] / by != list[i - 1] / by;
	return count;
}

static int count_recorded(struct code_layout *layout, const struct sequence *s,
			  struct error *err)
{
	uint32_t *codes = calloc(s->nops + 1, sizeof(*codes));
	size_t i, n = 0;

	if (!codes)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	for (i = 0; i < s->nops; i++) {
		if (s->ops[i].code)
			codes[n++] = s->ops[i].code;
	}
	qsort(codes, n, sizeof(*codes), by_value);
	layout->twice = n - count_distinct(codes, n, 1);
	for (i = 0; i < n; i++)
		codes[i] = SWC_CODE_LINE(codes[i]);
	layout->recorded_lines = count_distinct(codes, n, 1);
	layout->recorded_pages = count_distinct(codes, n, SWC_LINES_PER_PAGE);
	free(codes);
	return 0;
}

/* Operations that execute an earlier one's code. */
static uint32_t count_shared(const struct swc_proof *proof, void *workspace)
{
	struct swc_chunks places;
	uint32_t i, n = 0;

	swc_chunks_divide(&places, proof, workspace, &(struct swc_binding){0});
	for (i = 0; i < places.nops; i++)
		n += places.same[i] != i;
	return n;
}

static int count_emitted(struct code_layout *layout,
			 const struct swc_proof *proof, struct error *err)
{
	uint64_t region[SWC_MAX_REGIONS], *lines = NULL;
	struct swc_binding binding = {
		.region = (const __u64 *)region,
		.context = ANYWHERE,
	};
	void *workspace = malloc(swc_emit_bytes(proof));
	struct swc_code code = {0};
	uint32_t i, pages = 0;

	swc_layout(proof, ANYWHERE, (__u64 *)region);
	if (workspace)
		pages = swc_code_pages(0, swc_emit(proof, &binding, workspace,
						   &code));
	if (workspace)
		lines = calloc(pages + 1, sizeof(*lines));
	if (!lines) {
		free(workspace);
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	}
	layout->recorded =
		swc_emit_lines(proof, &binding, workspace, (__u64 *)lines);
	if (layout->recorded)
		layout->shared = count_shared(proof, workspace);
	for (i = 0; i < pages; i++) {
		layout->emitted_pages += !!lines[i];
		layout->emitted_lines +=
			(uint32_t)__builtin_popcountll(lines[i]);
	}
	free(lines);
	free(workspace);
	return 0;
}

static void find_excess(struct code_layout *layout)
{
	double lines = layout->emitted_lines, recorded = layout->recorded_lines;

	if (recorded && lines > recorded)
		layout->excess = lines / recorded - 1;
	layout->long_call = layout->excess > CODE_LAYOUT_EXCESS &&
			    lines > CODE_LAYOUT_LINES;
}

int code_layout_of(struct code_layout *layout, const struct sequence *s,
		   const struct swc_caps *caps, struct error *err)
{
	struct swc_error refused = {0};
	struct swc_program program;
	struct swc_proof proof;
	void *workspace;
	int rc;

	*layout = (struct code_layout){0};
	if (sequence_verify(s, caps, &proof, &program, &workspace, &refused,
			    err))
		return -1;
	rc = count_recorded(layout, s, err) ||
			     count_emitted(layout, &proof, err)
		     ? -1
		     : 0;
	find_excess(layout);
	free(workspace);
	return rc;
}

int code_layout_pack(struct code_layout *layout, struct sequence *s,
		     const struct swc_caps *caps, struct error *err)
{
	struct code_layout before;
	size_t i;

	if (code_layout_of(&before, s, caps, err))
		return -1;
	for (i = 0; i < s->nops; i++)
		s->ops[i].code = 0;
	if (code_layout_of(layout, s, caps, err))
		return -1;
	layout->recorded_lines = before.recorded_lines;
	layout->recorded_pages = before.recorded_pages;
	layout->twice = before.twice;
	find_excess(layout);
	return 0;
}
