// SPDX-License-Identifier: GPL-2.0
#include "emitturns.h"

#define OP_MOV_IMM32 0xc7
#define OP_IMM8	     0x83 /* group 1, sign-extended */
#define OP_IMM32     0x81
#define OP_GROUP5    0xff
#define GROUP5_INC   0
#define OP_JNE	     0x75
#define SHORT_BYTES  2 /* JNE with a displacement of 8 bits */
#define LONG_BYTES   6

void swc_turns_emit_begin(const struct swc_turns *t, struct swc_code *code)
{
	swc_put_rr(code, OP_MOV_IMM32, 8, t->counter, 0);
	swc_put_u32(code, -(t->count * t->step));
}

/*
 * INC and JNE are one operation for current cores, as CMP and a recorded branch are, and
 * as long.
 */
static void put_step(const struct swc_turns *t, struct swc_code *code)
{
	if (t->step == 1) {
		swc_put_rr(code, OP_GROUP5, 8, t->counter, GROUP5_INC);
	} else if (t->step == (__s8)t->step) {
		swc_put_rr(code, OP_IMM8, 8, t->counter, SWC_GROUP1_ADD);
		swc_put_u8(code, t->step);
	} else {
		swc_put_rr(code, OP_IMM32, 8, t->counter, SWC_GROUP1_ADD);
		swc_put_u32(code, t->step);
	}
}

void swc_turns_emit_back(const struct swc_turns *t, __s32 to, bool near,
			 struct swc_code *code)
{
	__u32 before = code->used;
	__s32 by;

	put_step(t, code);
	by = to - (__s32)(code->used - before) - SHORT_BYTES;
	if (near && by == (__s8)by) {
		swc_put_u8(code, OP_JNE);
		swc_put_u8(code, by);
		return;
	}
	swc_put_u8(code, 0x0f);
	swc_put_u8(code, OP_JNE + 0x10);
	swc_put_u32(code, by + SHORT_BYTES - LONG_BYTES);
}
