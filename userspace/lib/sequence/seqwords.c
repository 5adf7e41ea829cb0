// SPDX-License-Identifier: GPL-2.0
#include "seqwords.h"

#include <stddef.h>
#include <string.h>

const char *const seqwords_registers[16] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
};

static const struct seqwords_way ways[] = {
	{SWC_OP_BRANCH, SWC_OPF_TAKEN, "taken"},
	{SWC_OP_CALL, SWC_OPF_NEXT, "next"},
	{SWC_OP_CALL, SWC_OPF_INDIRECT, "indirect"},
	{SWC_OP_JUMP, SWC_OPF_INDIRECT, "indirect"},
	{SWC_OP_AIM, SWC_OPF_DUE, "due"},
};

static const struct seqwords_prefix prefixes[] = {
	{SWC_OPF_LOCK, "lock", "locked"},
	{SWC_OPF_NT, "nt", "non-temporal"},
	{SWC_OPF_SEGMENT, "segment", "addressed by a segment"},
};

const struct seqwords_prefix *seqwords_prefix_called(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strcmp(prefixes[i].word, word))
			return &prefixes[i];
	}
	return NULL;
}

const struct seqwords_prefix *seqwords_prefix_of(uint8_t flags)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (prefixes[i].flag & flags)
			return &prefixes[i];
	}
	return NULL;
}

#define WAYS (sizeof(ways) / sizeof(*ways))

const struct seqwords_way *seqwords_way_called(enum swc_op_kind kind,
					       const char *word)
{
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (ways[i].kind == kind && !strcmp(ways[i].word, word))
			return &ways[i];
	}
	return NULL;
}

const struct seqwords_way *seqwords_way_of(const struct swc_op *op)
{
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (ways[i].kind == op->kind && (op->flags & ways[i].flag))
			return &ways[i];
	}
	return NULL;
}
