// SPDX-License-Identifier: GPL-2.0
#include "carried.h"

#include <stdlib.h>

#include "engine/optable.h"
#include "engine/sharing.h"

/* Return: whether the operation had it. */
static bool make_direct(struct swc_op *op)
{
	if (!swc_op_is_indirect(op))
		return false;
	op->flags &= ~SWC_OPF_INDIRECT;
	op->base = SWC_REG_NONE;
	op->index = SWC_REG_NONE;
	return true;
}

static bool drop_index(struct swc_op *op)
{
	bool had = op->index != SWC_REG_NONE;

	op->index = SWC_REG_NONE;
	return had;
}

static bool drop_segment(struct swc_op *op)
{
	bool had = op->flags & SWC_OPF_SEGMENT;

	op->flags &= ~SWC_OPF_SEGMENT;
	return had;
}

static bool rename_rbp(struct swc_op *op)
{
	uint32_t traits = swc_op_traits(op->kind)->traits;
	uint8_t *regs[] = {
		traits & SWC_VECTOR_DST ? NULL : &op->dst,
		traits & SWC_VECTOR_SRC ? NULL : &op->src,
		&op->base,
		&op->index,
	};
	bool had = false;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(regs); k++) {
		if (!regs[k] || *regs[k] != SWC_REG_RBP)
			continue;
		*regs[k] = SWC_REG_R15;
		had = true;
	}
	return had;
}

static const struct {
	const char *name;
	const char *text;
	bool (*take)(struct swc_op *op);
} kinds[CARRIED_KINDS] = {
	[CARRIED_INDIRECT] = {"indirect", "indirect calls and jumps direct",
			      make_direct},
	[CARRIED_INDEX] = {"index", "addresses without their second register",
			   drop_index},
	[CARRIED_SEGMENT] = {"segment", "fs: and gs: as plain addresses",
			     drop_segment},
	[CARRIED_RBP] = {"rbp", "rbp renamed to r15", rename_rbp},
	[CARRIED_SHARING] = {"sharing", "each call's code there for itself",
			     NULL},
};

const char *carried_name(enum carried what)
{
	return kinds[what].name;
}

const char *carried_text(enum carried what)
{
	return kinds[what].text;
}

/* The operation whose code each operation executes; NULL: @err. */
static uint32_t *find_same(const struct sequence *s,
			   const struct swc_caps *caps, struct error *err)
{
	uint32_t *same = calloc(s->nops + 1, sizeof(*same)), *scratch;
	struct swc_program program;
	struct swc_error refused;
	struct swc_proof proof;
	void *workspace = NULL;

	if (!same) {
		error_set(err, EXIT_IMPOSSIBLE, "no memory for what is shared");
		return NULL;
	}
	if (sequence_verify(s, caps, &proof, &program, &workspace, &refused,
			    err)) {
		free(same);
		return NULL;
	}
	scratch = calloc(swc_sharing_scratch(&proof), sizeof(*scratch));
	if (scratch) {
		swc_sharing_find(&proof, NULL, 0, scratch, same);
	} else {
		error_set(err, EXIT_IMPOSSIBLE, "no memory for what is shared");
		free(same);
		same = NULL;
	}
	free(scratch);
	free(workspace);
	return same;
}

/*
 * In the recorded page, but not where the recorded code is: at a line that is another
 * for each time that the code was executed before.
 */
static uint32_t place_again(uint32_t code, uint32_t times)
{
	return SWC_CODE(SWC_CODE_PAGE(code) - 1,
			SWC_CODE_LINE(code) + times - 1);
}

/* Each operation that would share code is placed by itself. */
static int unshare(const struct sequence *s, const struct swc_caps *caps,
		   struct planting *out, struct error *err)
{
	uint32_t *same = find_same(s, caps, err), *times;
	struct swc_op op;
	int rc = 0;
	size_t i;

	if (!same)
		return -1;
	times = calloc(s->nops + 1, sizeof(*times));
	if (!times)
		rc = error_set(err, EXIT_IMPOSSIBLE,
			       "no memory for what is shared");
	for (i = 0; !rc && i < s->nops; i++) {
		op = s->ops[i];
		if (same[i] != i && op.code) {
			op.code = place_again(op.code, ++times[same[i]]);
			out->planted++;
		}
		rc = sequence_append(&out->sequence, &op, s->notes[i], err);
	}
	free(times);
	free(same);
	return rc;
}

static int take_each(const struct sequence *s, enum carried what,
		     struct planting *out, struct error *err)
{
	struct swc_op op;
	int rc = 0;
	size_t i;

	for (i = 0; !rc && i < s->nops; i++) {
		op = s->ops[i];
		out->planted += kinds[what].take(&op);
		rc = sequence_append(&out->sequence, &op, s->notes[i], err);
	}
	return rc;
}

int carried_without(const struct sequence *s, enum carried what,
		    const struct swc_caps *caps, struct planting *out,
		    struct error *err)
{
	int rc;

	*out = (struct planting){.planted = 0};
	if (sequence_like(&out->sequence, s, NULL, err))
		return -1;
	rc = kinds[what].take ? take_each(s, what, out, err)
			      : unshare(s, caps, out, err);
	if (!rc && out->planted)
		rc = planting_settle(out, caps, err);
	if (rc)
		planting_free(out);
	return rc ? -1 : 0;
}
