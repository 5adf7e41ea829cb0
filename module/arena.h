/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ARENA_H
#define SWC_ARENA_H

#include <linux/types.h>

/* All emitted code of all loaded sequences; also in arena_text.S. */
#define SWC_ARENA_BYTES (1024 * 1024)

#ifndef __ASSEMBLY__

/* The arena itself, arena_text.S. */
extern u8 swc_arena[];

/**
 * swc_arena_init() - map the arena for writing
 *
 * The arena is whole pages of the module's own text: executable, never
 * writable. It is written through a second mapping of the same frames, which
 * is writable and never executable, so no page is ever both (W^X), and no
 * unexported symbol is needed. May sleep. Return: 0 or a negative errno.
 */
int swc_arena_init(void);
void swc_arena_exit(void);

/**
 * swc_arena_alloc() - room for code
 * @bytes: size, rounded up to pages
 *
 * May sleep. Return: the address that the code will run at, or NULL.
 */
void *swc_arena_alloc(size_t bytes);
void swc_arena_free(void *code, size_t bytes);

/* swc_arena_alias() - where to write what shall run at @code. */
void *swc_arena_alias(const void *code);

/* swc_arena_holds() - is this an address of emitted code? Any context. */
bool swc_arena_holds(unsigned long address);

#endif
#endif
