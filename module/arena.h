/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ARENA_H
#define SWC_ARENA_H

#include <linux/types.h>

/* Room for all emitted code of all loaded sequences; also in arena_text.S. */
#define SWC_ARENA_BYTES (1024 * 1024)

#ifndef __ASSEMBLY__

/* The arena itself, arena_text.S. */
extern u8 swc_arena[];

/**
 * swc_arena_init() - manage the arena
 *
 * The arena is whole pages of the module's own text: executable, never
 * writable. Code is written through a second mapping of the same frames, which is
 * writable and never executable, and exists only while code is written. So no page
 * is ever both, no frame is both once the code in it may run (W^X), and no
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

/**
 * swc_arena_open() - make code writable, at another address
 * @code: from swc_arena_alloc(); none of it runs
 * @bytes: its size, rounded up to pages
 *
 * May sleep. Return: where to write it, until swc_arena_close(), or NULL.
 */
void *swc_arena_open(const void *code, size_t bytes);

/* swc_arena_close() - no CPU can write there any more. May sleep. */
void swc_arena_close(void *writable);

/* swc_arena_holds() - is this an address of emitted code? Any context. */
bool swc_arena_holds(unsigned long address);

#endif
#endif
