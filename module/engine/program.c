// SPDX-License-Identifier: GPL-2.0
#include "program.h"

static const char *const error_text[SWC_ERR_CODES] = {
	[SWC_OK] = "accepted",
	[SWC_ERR_EMPTY] = "the sequence is empty",
	[SWC_ERR_TOO_LONG] = "too many operations",
	[SWC_ERR_KIND] = "unknown operation",
	[SWC_ERR_OPERAND] = "an operand that this operation doesn't take",
	[SWC_ERR_REGISTER] = "register missing or not usable (rsp)",
	[SWC_ERR_SIZE] = "size not possible for this operation",
	[SWC_ERR_FLAGS] = "flag not possible for this operation",
	[SWC_ERR_IMMEDIATE] = "number out of range",
	[SWC_ERR_RESERVED] = "reserved member is not 0",
	[SWC_ERR_REGION] = "no such region",
	[SWC_ERR_BOUNDS] = "access outside its region",
	[SWC_ERR_ALIGNMENT] = "misaligned",
	[SWC_ERR_PAGES] = "region without pages, or too many pages or regions",
	[SWC_ERR_BASE] = "address base may not hold 0",
	[SWC_ERR_NO_STACK] = "stack operation before a switch to a region",
	[SWC_ERR_STACK] = "stack pointer would leave its region",
	[SWC_ERR_RETURN] = "no call's return address on top of the stack",
	[SWC_ERR_END] = "doesn't end on the stack it began on",
	[SWC_ERR_XSTATE] = "area of the extended state not fit for this",
	[SWC_ERR_UNSUPPORTED] = "not supported by this CPU or this module",
	[SWC_ERR_PRIVILEGED] = "possible in the kernel backend only",
	[SWC_ERR_TIME] = "one replay may take longer than the bound",
	[SWC_ERR_UNSTABLE] = "memory doesn't settle over repeated replays",
	[SWC_ERR_DIVIDE] = "division whose source or rdx may not hold 0",
	[SWC_ERR_CODE_PAGES] =
		"cold-itlb: modules share large pages here: use --backend user",
	[SWC_ERR_INDIRECT] = "too many indirect calls and jumps",
	[SWC_ERR_NO_SPACE] = "no code or region memory left",
	[SWC_ERR_BYTES] =
		"emitted code isn't what was verified: a bug: report it",
	[SWC_ERR_STATE] = "state contradicts itself, or isn't possible here",
};

const char *swc_error_text(__u32 code)
{
	return code < SWC_ERR_CODES ? error_text[code] : "unknown error";
}
