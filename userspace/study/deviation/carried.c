// SPDX-License-Identifier: GPL-2.0
#include "carried.h"

#include "engine/optable.h"

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
};

const char *carried_name(enum carried what)
{
	return kinds[what].name;
}

const char *carried_text(enum carried what)
{
	return kinds[what].text;
}

int carried_without(const struct sequence *s, enum carried what,
		    const struct swc_caps *caps, struct planting *out,
		    struct error *err)
{
	struct swc_op op;
	int rc = 0;
	size_t i;

	*out = (struct planting){.planted = 0};
	if (sequence_like(&out->sequence, s, NULL, err))
		return -1;
	for (i = 0; !rc && i < s->nops; i++) {
		op = s->ops[i];
		out->planted += kinds[what].take(&op);
		rc = sequence_append(&out->sequence, &op, s->notes[i], err);
	}
	if (!rc && out->planted)
		rc = planting_settle(out, caps, err);
	if (rc)
		planting_free(out);
	return rc ? -1 : 0;
}
