/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CODEPAGES_H
#define SWC_LIB_CODEPAGES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Pages of recorded code, and the numbers by which SWC_CODE() names them. Operations and
 * touches of the sequence's own code name a page by the same number.
 */
struct codepages {
	struct codepage {
		uint64_t page; /* the address, by pages */
		uint32_t number;
	} *list; /* in order of first execution */
	size_t n;
};

/* codepages_init() - room for @most pages. Return: 0, or -1: no memory. */
int codepages_init(struct codepages *pages, size_t most);
void codepages_free(struct codepages *pages);

/*
 * codepages_number() - the number of page @page, new if it has none. No two pages have
 * one number, though all but the lowest bits of their own count. The order in which pages
 * are first asked for decides which of two has its own.
 */
uint32_t codepages_number(struct codepages *pages, uint64_t page);

#endif
