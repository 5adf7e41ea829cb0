// SPDX-License-Identifier: GPL-2.0
#include "planting.h"

#include <stdlib.h>

#include "engine/optable.h"
#include "engine/shape.h"

/* An instruction's operations, of which one deviates. */
struct step {
	const struct swc_op *ops;
	size_t n;
	int count; /* of the deviation in it */
};

/**
 * struct planter - a sequence that is being made
 * @s: of which
 * @out: it
 */
struct planter {
	const struct sequence *s;
	struct planting *out;
	struct error *err;
};

static int append(struct planter *p, struct swc_op op, size_t from)
{
	return sequence_append(&p->out->sequence, &op, p->s->notes[from],
			       p->err);
}

static int append_all(struct planter *p, const struct step *step)
{
	size_t i;

	for (i = 0; i < step->n; i++) {
		if (append(p, step->ops[i], step->ops + i - p->s->ops))
			return -1;
	}
	return 0;
}

/* It neither moves RSP nor leads anywhere: it may come twice. */
static bool can_repeat(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_BRANCH:
	case SWC_OP_JUMP:
	case SWC_OP_MARK:
		return false;
	default:
		return !(swc_op_traits(op->kind)->traits & SWC_STACK);
	}
}

/* Each of its operations that can be, once more. */
static int repeat(struct planter *p, const struct step *step)
{
	size_t i, from = step->ops - p->s->ops;
	bool any = false;

	if (append_all(p, step))
		return -1;
	for (i = 0; i < step->n; i++) {
		if (!can_repeat(&step->ops[i]))
			continue;
		if (append(p, step->ops[i], from + i))
			return -1;
		any = true;
	}
	p->out->planted += any;
	return 0;
}

/* The last one alone: a piece of an access, what makes a return's address. */
static int repeat_last(struct planter *p, const struct step *step)
{
	struct step last = *step;

	while (last.n && !can_repeat(&last.ops[last.n - 1]))
		last.n--;
	if (append_all(p, step))
		return -1;
	if (!last.n)
		return 0;
	p->out->planted++;
	return append(p, last.ops[last.n - 1],
		      last.ops + last.n - 1 - p->s->ops);
}

/* An address that a return finds is made twice; the first leads nowhere. */
static int repeat_aim(struct planter *p, const struct step *step)
{
	size_t i, from = step->ops - p->s->ops;

	for (i = 0; i < step->n; i++) {
		if (append(p, step->ops[i], from + i))
			return -1;
		if (step->ops[i].kind != SWC_OP_AIM)
			continue;
		p->out->planted++;
		if (append(p, step->ops[i], from + i))
			return -1;
	}
	return 0;
}

/* Operations that do nothing, but have to be issued. */
static int issue(struct planter *p, const struct step *step)
{
	struct swc_op op = sequence_op(SWC_OP_NOP);
	int i;

	op.imm = 1;
	op.code = step->ops[0].code;
	for (i = 0; i < step->count; i++) {
		if (append(p, op, step->ops - p->s->ops))
			return -1;
		p->out->planted++;
	}
	return append_all(p, step);
}

/* RSP moved by nothing. */
static int move_nowhere(struct planter *p, const struct step *step)
{
	p->out->planted++;
	return append(p, sequence_op(SWC_OP_SP), step->ops - p->s->ops) ||
			       append_all(p, step)
		       ? -1
		       : 0;
}

/* The branches that close a loop are taken, as they were. */
static int take(struct planter *p, const struct step *step)
{
	size_t i, from = step->ops - p->s->ops;
	struct swc_op op;

	for (i = 0; i < step->n; i++) {
		op = step->ops[i];
		if (op.kind == SWC_OP_BRANCH) {
			op.flags |= SWC_OPF_TAKEN;
			p->out->planted++;
		}
		if (append(p, op, from + i))
			return -1;
	}
	return 0;
}

/* A call that returns at once. */
static int call(struct planter *p, const struct step *step)
{
	size_t from = step->ops - p->s->ops;

	p->out->planted++;
	return append(p, sequence_op(SWC_OP_CALL), from) ||
			       append(p, sequence_op(SWC_OP_RET), from) ||
			       append_all(p, step)
		       ? -1
		       : 0;
}

#define NOT_THERE "the instruction isn't there, so its time can't be measured"
#define NOT_PROVED \
	"an address can't wait for a register that isn't proved to be 0"
#define NO_OTHER "there is no operation that would do it as recorded"

static const struct {
	int (*plant)(struct planter *p, const struct step *step);
	const char *text; /* of what is planted, or why nothing is */
} plantings[LOWER_DEVIATIONS] = {
	[LOWER_CALLER_CALL] = {call, "one more call that returns at once"},
	[LOWER_SPLIT] = {issue, "one more operation to issue, for each"},
	[LOWER_CHUNKED] = {repeat_last, "one more piece, for each access"},
	[LOWER_INDIRECT] = {NULL, "there are no pointers for more of them"},
	[LOWER_LOOP] = {take, "these branches taken, as recorded"},
	[LOWER_TLS] = {NULL,
		       "no operation counts from a segment's base and RSP"},
	[LOWER_ADDRESS_REGISTER] = {NULL, NOT_PROVED},
	[LOWER_BASE] = {NULL, NOT_PROVED},
	[LOWER_RENAMED] = {NULL, "the engine doesn't have these registers"},
	[LOWER_SP_SOURCE] = {NULL, NO_OTHER},
	[LOWER_WIDTH] = {repeat, "the same operations twice"},
	[LOWER_CLASS] = {repeat, "the same operations twice"},
	[LOWER_COST] = {NULL, NOT_THERE},
	[LOWER_UNLOCKED] = {NULL, "a split lock stops the whole machine"},
	[LOWER_RETURN] = {repeat_aim, "each of these addresses made twice"},
	[LOWER_SWITCH_SOURCE] = {NULL, NO_OTHER},
	[LOWER_ELIDED] = {NULL, NOT_THERE},
	[LOWER_SYSCALL] = {NULL, NOT_THERE},
	[LOWER_SP_ADDED] = {move_nowhere, "one more step of rsp, for each"},
	[LOWER_SHARED_PAGE] = {NULL, "of the sequence as a whole, no operation "
				     "has it"},
};

const char *planting_text(enum lower_deviation deviation)
{
	return plantings[deviation].plant ? plantings[deviation].text : NULL;
}

/* Walk through the instructions, and plant where the deviation is. */
static int plant(struct planter *p, const struct lower_details *details,
		 enum lower_deviation d)
{
	const struct sequence *s = p->s;
	struct step step;
	size_t i, end;
	int rc;

	for (i = 0; i < s->nops; i = end) {
		for (end = i + 1;
		     end < s->nops && s->notes[end].line == s->notes[i].line;
		     end++)
			;
		step = (struct step){&s->ops[i], end - i,
				     details->count[s->notes[i].line][d]};
		rc = step.count ? plantings[d].plant(p, &step)
				: append_all(p, &step);
		if (rc)
			return -1;
	}
	return 0;
}

int planting_settle(struct planting *out, const struct swc_caps *caps,
		    struct error *err)
{
	uint8_t *unproved = calloc(SWC_UNPROVED_BYTES(out->sequence.nops), 1);
	struct swc_error refused = {0};
	struct error why = {0};

	if (!unproved)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	if (sequence_prove(&out->sequence, caps, unproved, &refused, &why) ||
	    sequence_give_up(&out->sequence, unproved)) {
		out->planted = 0;
		out->why = "the verifier doesn't accept it once more";
	}
	free(unproved);
	return 0;
}

int planting_make(const struct sequence *s, const struct lower_details *details,
		  enum lower_deviation deviation, const struct swc_caps *caps,
		  struct planting *out, struct error *err)
{
	struct planter p = {.s = s, .out = out, .err = err};
	int rc = 0;

	*out = (struct planting){.planted = 0};
	if (!plantings[deviation].plant)
		out->why = plantings[deviation].text;
	if (out->why)
		return 0;
	rc = sequence_like(&out->sequence, s, NULL, err) ||
	     plant(&p, details, deviation);
	if (!rc && !out->planted)
		out->why = "none of its operations can be there twice";
	else if (!rc)
		rc = planting_settle(out, caps, err);
	if (rc)
		planting_free(out);
	return rc ? -1 : 0;
}

void planting_free(struct planting *p)
{
	sequence_free(&p->sequence);
}
