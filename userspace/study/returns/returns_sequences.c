// SPDX-License-Identifier: GPL-2.0
#include "returns_sequences.h"

#include "engine/slots.h"

/* Each stack begins here; the calls' addresses lie below, in lines of their own. */
#define STACK_START 0xf00u

enum { FIRST, SECOND };

static int begin(struct sequence *s, const char *path, struct error *err)
{
	if (sequence_init(s, path, err) ||
	    sequence_region(s, "first", 1, err) < 0 ||
	    sequence_region(s, "second", 1, err) < 0)
		return -1;
	s->entry_region = FIRST;
	s->entry_offset = STACK_START;
	return 0;
}

static int add(struct sequence *s, enum swc_op_kind kind, struct error *err)
{
	struct swc_op op = sequence_op(kind);

	return sequence_append(s, &op, (struct sequence_note){0}, err);
}

/* RSP goes to where @calls calls of this stack are open. */
static int add_switch(struct sequence *s, uint32_t stack, unsigned int calls,
		      struct error *err)
{
	struct swc_op op = sequence_op(SWC_OP_SWITCH);

	op.region = stack;
	op.offset = STACK_START - calls * SWC_SLOT_BYTES;
	return sequence_append(s, &op, (struct sequence_note){0}, err);
}

static int add_many(struct sequence *s, enum swc_op_kind kind, unsigned int n,
		    struct error *err)
{
	while (n--) {
		if (add(s, kind, err))
			return -1;
	}
	return 0;
}

int returns_pairs(struct sequence *s, unsigned int n, struct error *err)
{
	if (begin(s, "pairs", err))
		return -1;
	while (n--) {
		if (add(s, SWC_OP_CALL, err) || add(s, SWC_OP_RET, err))
			return -1;
	}
	return 0;
}

int returns_nested(struct sequence *s, unsigned int depth, struct error *err)
{
	return begin(s, "nested", err) ||
			       add_many(s, SWC_OP_CALL, depth, err) ||
			       add_many(s, SWC_OP_RET, depth, err)
		       ? -1
		       : 0;
}

/* The call that returns as number @i: by what number was it called? */
static unsigned int returning(unsigned int i, unsigned int depth, bool matched)
{
	unsigned int half = depth / 2;

	if (matched)
		return depth - 1 - i;
	/* Even numbers are the first stack's. */
	return i < half ? 2 * (half - 1 - i) : 2 * (depth - 1 - i) + 1;
}

int returns_alternating(struct sequence *s, unsigned int depth, bool matched,
			struct error *err)
{
	unsigned int i, call;

	if (begin(s, matched ? "matched" : "mismatched", err))
		return -1;
	for (i = 0; i < depth; i++) {
		if (add_switch(s, i % 2, i / 2, err) ||
		    add(s, SWC_OP_CALL, err))
			return -1;
	}
	for (i = 0; i < depth; i++) {
		call = returning(i, depth, matched);
		if (add_switch(s, call % 2, call / 2 + 1, err) ||
		    add(s, SWC_OP_RET, err))
			return -1;
	}
	return add_switch(s, FIRST, 0, err);
}

/* One call of returns_across(). */
static int add_across(struct sequence *s, bool switched, struct error *err)
{
	if (!switched &&
	    (add_switch(s, SECOND, 0, err) || add_switch(s, FIRST, 0, err)))
		return -1;
	if (add(s, SWC_OP_CALL, err) ||
	    (switched && add_switch(s, SECOND, 0, err)) ||
	    add(s, SWC_OP_CALL, err) || add(s, SWC_OP_RET, err) ||
	    (switched && add_switch(s, FIRST, 1, err)))
		return -1;
	return add(s, SWC_OP_RET, err);
}

int returns_across(struct sequence *s, unsigned int n, bool switched,
		   struct error *err)
{
	if (begin(s, switched ? "switched" : "not switched", err))
		return -1;
	while (n--) {
		if (add_across(s, switched, err))
			return -1;
	}
	return 0;
}
