/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arena: pages of INT3 in the module's text, which emitted code replaces.
 *
 * One unwind hint covers all of it. Emitted code never touches RBP, which
 * frames swc_enter(), so the caller's frame is at RBP + 16 wherever RSP is.
 *
 * @progbits, not @nobits: objtool reads the section's content.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/orc_types.h>
#include <asm/unwind_hints.h>
#include "arena.h"

	.section .text.swc_arena, "ax", @progbits
	.balign 4096
SYM_CODE_START(swc_arena)
	ANNOTATE_NOENDBR
	UNWIND_HINT sp_reg=ORC_REG_BP sp_offset=16 type=UNWIND_HINT_TYPE_CALL
	.fill SWC_ARENA_BYTES - 2, 1, 0xcc
	/* objtool wants a dead end, and nothing may run past the last byte. */
	ud2
SYM_CODE_END(swc_arena)
