/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_INSTRUCTION_H
#define SWC_REPORT_INSTRUCTION_H

#include "traceformat.h"

#define INSTRUCTION_TEXT 128

/* instruction_text() - as an assembler has it. Return: @text, "?" if unknown. */
const char *instruction_text(const struct trace_insn *raw,
			     char text[INSTRUCTION_TEXT]);

#endif
