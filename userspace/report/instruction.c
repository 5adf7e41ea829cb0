// SPDX-License-Identifier: GPL-2.0
#include "instruction.h"

#include <stdio.h>

#include "decode.h"

const char *instruction_text(const struct trace_insn *raw,
			     char text[INSTRUCTION_TEXT])
{
	ZydisFormatter formatter;
	struct insn insn;

	snprintf(text, INSTRUCTION_TEXT, "?");
	if (insn_decode(&insn, raw->address, raw->bytes, raw->length))
		return text;
	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	ZydisFormatterFormatInstruction(&formatter, &insn.zydis, insn.operands,
					insn.zydis.operand_count_visible, text,
					INSTRUCTION_TEXT, raw->address, NULL);
	return text;
}
