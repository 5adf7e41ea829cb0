// SPDX-License-Identifier: GPL-2.0
#include "callpath.h"

#include <stdlib.h>
#include <string.h>

/* The path of @name in @parent, added if it is new; CALLPATH_NONE: no memory. */
static uint32_t intern(struct callpaths *p, const char *name, uint32_t parent)
{
	struct callpath *list;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->list[i].parent == parent &&
		    !strcmp(p->list[i].name, name))
			return i;
	}
	list = reallocarray(p->list, p->n + 1, sizeof(*list));
	if (!list)
		return CALLPATH_NONE;
	p->list = list;
	list[p->n] = (struct callpath){.name = name, .parent = parent};
	return p->n++;
}

#define NO_CALL UINT32_MAX

static const char *function_of(const struct sequence *s, size_t op)
{
	return s->functions.list[s->notes[op].function];
}

/*
 * The operations that led to operation @op: the calls whose blocks are open,
 * innermost first. Return: how many.
 */
static size_t calls_to(const struct swc_proof *proof, const uint32_t *call_of,
		       size_t op, uint32_t *calls)
{
	uint32_t block = proof->ops[op].block;
	size_t n = 0;

	/* A block's call is in a block that was begun before. */
	for (; block && call_of[block] != NO_CALL;
	     block = proof->ops[call_of[block]].block)
		calls[n++] = call_of[block];
	return n;
}

/* The path of one operation, from the phase down to its own function. */
static uint32_t path_of(struct callpaths *p, const struct sequence *s,
			const char *phase, const uint32_t *calls, size_t n,
			size_t op)
{
	uint32_t path = CALLPATH_NONE;
	const char *name;

	if (phase)
		path = intern(p, phase, path);
	while (n--) {
		name = function_of(s, calls[n]);
		if (*name)
			path = intern(p, name, path);
	}
	name = function_of(s, op);
	if (*name || path == CALLPATH_NONE)
		path = intern(p, *name ? name : CALLPATH_UNNAMED, path);
	return path;
}

/*
 * A block begins after operation @i, if it is a call or a return that goes where
 * no call was. Such a return leaves its function as any other does, but not for
 * the function that has called it: its caller's call is the new block's, too.
 */
static void begin_block(const struct sequence *s, const struct swc_proof *proof,
			uint32_t *call_of, uint32_t *nblocks, size_t i)
{
	uint32_t block = proof->ops[i].block, caller;

	if (i + 1 == s->nops || proof->ops[i + 1].block != *nblocks)
		return;
	if (s->ops[i].kind == SWC_OP_CALL) {
		call_of[(*nblocks)++] = i;
		return;
	}
	caller = block && call_of[block] != NO_CALL
			 ? proof->ops[call_of[block]].block
			 : 0;
	call_of[(*nblocks)++] = caller ? call_of[caller] : NO_CALL;
}

/* @call_of: of each block: the operation that has called it; as @calls, filled. */
static int find(const struct sequence *s, const struct swc_proof *proof,
		struct callpaths *p, uint32_t *call_of, uint32_t *calls)
{
	const char *phase = NULL;
	uint32_t nblocks = 1;
	size_t i, n;

	for (i = 0; i < s->nops; i++) {
		if (s->ops[i].kind == SWC_OP_MARK)
			phase = s->marks.list[s->ops[i].imm];
		n = calls_to(proof, call_of, i, calls);
		p->of[i] = path_of(p, s, phase, calls, n, i);
		if (p->of[i] == CALLPATH_NONE)
			return -1;
		begin_block(s, proof, call_of, &nblocks, i);
	}
	return 0;
}

int callpaths_find(const struct sequence *s, const struct swc_proof *proof,
		   struct callpaths *paths, struct error *err)
{
	uint32_t *call_of = calloc(proof->nblocks, sizeof(*call_of));
	uint32_t *calls = calloc(proof->nblocks, sizeof(*calls));
	int rc = -1;

	*paths = (struct callpaths){
		.of = calloc(s->nops, sizeof(*paths->of)),
	};
	if (call_of && calls && paths->of)
		rc = find(s, proof, paths, call_of, calls);
	if (rc)
		error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	free(call_of);
	free(calls);
	return rc;
}

void callpaths_free(struct callpaths *paths)
{
	free(paths->list);
	free(paths->of);
	*paths = (struct callpaths){0};
}

unsigned int callpath_depth(const struct callpaths *paths, uint32_t path)
{
	unsigned int depth = 0;

	while (paths->list[path].parent != CALLPATH_NONE) {
		path = paths->list[path].parent;
		depth++;
	}
	return depth;
}
