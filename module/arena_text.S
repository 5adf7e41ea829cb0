/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arena: pages of INT3 in the module's text, which emitted code replaces.
 *
 * One unwind hint covers all of it. Emitted code has all registers for itself, so
 * nothing leads from there to the caller's frame, and an unwinder stops.
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
#ifdef UNWIND_HINT_TYPE_END_OF_STACK /* its name since 6.4 */
	UNWIND_HINT_END_OF_STACK
#else
	UNWIND_HINT_EMPTY
#endif
	.fill SWC_ARENA_BYTES - 2, 1, 0xcc
	/* objtool wants a dead end, and nothing may run past the last byte. */
	ud2
SYM_CODE_END(swc_arena)
