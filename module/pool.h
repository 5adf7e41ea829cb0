/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_POOL_H
#define SWC_POOL_H

#include <linux/types.h>

/**
 * swc_pool_init() - set up the memory that sequences address
 *
 * It lies in the module's own data and so within the top 2 GiB, where emitted code
 * reaches it by a sign-extended 32-bit displacement, with no register to hold a
 * base. It is mapped by 4 KiB pages, as the recording's memory was. May sleep.
 * Return: 0, -ENOMEM, or -EOPNOTSUPP: pages aren't mapped by entries that are the
 * module's own, so none can be a guard.
 */
int swc_pool_init(void);
void swc_pool_exit(void);

/*
 * swc_pool_guard() - make a page of swc_pool_alloc()'s one that nobody can write
 * to
 *
 * swc_pool_flush() has to follow, before the pages are used: until then CPUs may
 * still know it otherwise. swc_pool_free() makes it a page like the others.
 */
void swc_pool_guard(void *page);

/* swc_pool_flush() - make all CPUs forget how pages were mapped. May sleep. */
void swc_pool_flush(void);

/* swc_pool_alloc() - @pages zeroed, adjoining pages, or NULL. May sleep. */
void *swc_pool_alloc(unsigned int pages);
void swc_pool_free(void *memory, unsigned int pages);

#endif
