// SPDX-License-Identifier: GPL-2.0
#include "preparation.h"

const __u64 *code_lines;
const __u16 colours[COLOURS] = {1, 0, 1, 1, 0, 0};

struct swc_evictors evictors_of(enum ring ring)
{
	struct swc_evictors e = {.buffer = BUFFER};

	if (ring == RING3) {
		e.pages = PAGES;
		e.npages = NPAGES;
		e.code = CODE_PAGES;
		e.ncode = NCODE;
		e.alias = ALIAS;
		return e;
	}
	e.invlpg = true;
	if (ring == RING0_COLOURS)
		e.colours = colours;
	return e;
}

void build_with(struct built *b, const struct swc_program *program,
		const struct swc_state *state,
		const struct swc_evictors *evictors)
{
	const struct swc_extent extent = {CODE, CODE_BYTES, code_lines};
	struct swc_caps caps = caps_all();
	__u64 bytes;

	*b = (struct built){0};
	assert_true(verify(&b->v, program, &caps));
	bind_at(&b->binding, b->region, program, 0x20000000);
	bytes = swc_state_bytes(&b->v.proof, CODE_BYTES);
	guarded_alloc(&b->workspace, bytes);
	memset(b->workspace.bytes, 0xa5, bytes);
	guarded_alloc(&b->out, sizeof(*b->preparation));
	memset(b->out.bytes, 0xa5, sizeof(*b->preparation));
	b->preparation = b->out.bytes;
	b->rc = swc_state_build(&b->v.proof, state, &b->binding, &extent,
				evictors, b->workspace.bytes, b->preparation);
}

void built_free(struct built *b)
{
	guarded_free(&b->out);
	guarded_free(&b->workspace);
	verified_free(&b->v);
}

void sizes(struct swc_state *s)
{
	s->l1d_bytes = L1D_BYTES;
	s->l2_bytes = L2_BYTES;
	s->l2_ways = L2_WAYS;
	s->l2_way_bytes = L2_WAY;
}
