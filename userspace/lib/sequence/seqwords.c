// SPDX-License-Identifier: GPL-2.0
#include "seqwords.h"

#include <stddef.h>

const char *const seqwords_registers[16] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
};

static const struct seqwords_way ways[] = {
	{SWC_OP_BRANCH, SWC_OPF_TAKEN, "taken"},
	{SWC_OP_CALL, SWC_OPF_NEXT, "next"},
	{SWC_OP_AIM, SWC_OPF_DUE, "due"},
};

const struct seqwords_way *seqwords_way_of(enum swc_op_kind kind)
{
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (ways[i].kind == kind)
			return &ways[i];
	}
	return NULL;
}
