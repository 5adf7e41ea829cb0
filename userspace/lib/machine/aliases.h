/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ALIASES_H
#define SWC_LIB_ALIASES_H

#include <stddef.h>
#include <stdint.h>

/*
 * aliases_map() - map one page of memory @pages times, side by side
 * @pages: how many times
 * @first: the page's first byte
 * @fill: all others
 * @protection: PROT_READ, ... of all mappings
 *
 * This fills a TLB but no cache: each mapping has a translation of its own, while
 * their lines are the same. Return: where, or NULL with errno set.
 */
void *aliases_map(size_t pages, uint8_t first, uint8_t fill, int protection);

/* aliases_unmap() - @at: from aliases_map(), or NULL. */
void aliases_unmap(void *at, size_t pages);

#endif
