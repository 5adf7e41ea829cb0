// SPDX-License-Identifier: GPL-2.0
#include "operands.h"

#include <string.h>

/* The arithmetic flags: CF, PF, AF, ZF, SF, OF. */
#define ARITHMETIC                                                \
	(ZYDIS_CPUFLAG_CF | ZYDIS_CPUFLAG_PF | ZYDIS_CPUFLAG_AF | \
	 ZYDIS_CPUFLAG_ZF | ZYDIS_CPUFLAG_SF | ZYDIS_CPUFLAG_OF)

bool operands_has(const uint8_t *list, uint8_t n, uint8_t reg)
{
	while (n--) {
		if (list[n] == reg)
			return true;
	}
	return false;
}

static void add(uint8_t *list, uint8_t *n, uint8_t reg)
{
	if (*n < OPERANDS_MAX && !operands_has(list, *n, reg))
		list[(*n)++] = reg;
}

static void add_general(struct operands *o, ZydisRegister reg, uint8_t actions)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(
		ZYDIS_MACHINE_MODE_LONG_64, reg);
	uint8_t number = (uint8_t)ZydisRegisterGetId(whole);

	if (actions & ZYDIS_OPERAND_ACTION_MASK_READ)
		add(o->gpr_in, &o->ngpr_in, number);
	if (!(actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
		return;
	add(o->gpr_out, &o->ngpr_out, number);
	if (ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg) < 32)
		o->partial = true;
}

/* The vector register that stands for @reg, or -1. */
static int vector_number(struct operands *o, ZydisRegister reg)
{
	uint8_t number = (uint8_t)ZydisRegisterGetId(reg);
	unsigned int bytes = 16;

	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_ZMM:
		bytes = 64;
		break;
	case ZYDIS_REGCLASS_YMM:
		bytes = 32;
		break;
	case ZYDIS_REGCLASS_XMM:
		break;
	case ZYDIS_REGCLASS_X87:
	case ZYDIS_REGCLASS_MMX:
		o->renamed++;
		number = OPERANDS_X87;
		break;
	case ZYDIS_REGCLASS_MASK:
		o->renamed++;
		number = OPERANDS_MASK;
		break;
	default:
		return -1;
	}
	if (bytes > o->vector_bytes)
		o->vector_bytes = bytes;
	o->renamed += number > 15;
	return number & 15;
}

static void add_register(struct operands *o, const ZydisDecodedOperand *operand)
{
	ZydisRegister reg = operand->reg.value;
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(
		ZYDIS_MACHINE_MODE_LONG_64, reg);
	int vector;

	if (ZydisRegisterGetClass(whole) == ZYDIS_REGCLASS_GPR64) {
		add_general(o, reg, operand->actions);
		return;
	}
	/* K0 as a mask selects everything. */
	if (reg == ZYDIS_REGISTER_K0 &&
	    operand->encoding == ZYDIS_OPERAND_ENCODING_MASK)
		return;
	if (operand->encoding == ZYDIS_OPERAND_ENCODING_MASK)
		o->masked = true;
	vector = vector_number(o, reg);
	if (vector < 0)
		return;
	if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
		add(o->vector_in, &o->nvector_in, (uint8_t)vector);
	if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
		add(o->vector_out, &o->nvector_out, (uint8_t)vector);
}

void operands_find(struct operands *o, const struct insn *insn)
{
	const ZydisAccessedFlags *flags = insn->zydis.cpu_flags;
	unsigned int i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < insn->zydis.operand_count; i++) {
		if (insn->operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
			add_register(o, &insn->operands[i]);
	}
	if (!flags)
		return;
	o->reads_flags = flags->tested & ARITHMETIC;
	o->sets_flags = (flags->modified | flags->set_0 | flags->set_1 |
			 flags->undefined) &
			ARITHMETIC;
}
