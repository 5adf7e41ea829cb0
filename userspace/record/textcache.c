// SPDX-License-Identifier: GPL-2.0
#include "textcache.h"

#include <stdlib.h>
#include <string.h>

#include "symbols.h"
#include "traceformat.h"

#define PAGE 4096u

/* Pages are kept by their numbers modulo this: a call has some ten. */
#define PAGES 64u

struct textcache_page {
	uint64_t number;
	uint64_t epoch; /* when it was read */
	size_t bytes;	/* that are the file's; 0: they aren't */
	uint8_t memory[PAGE];
};

static void load(struct textcache_page *page, struct tracee *tracee)
{
	uint64_t address = page->number * PAGE;
	uint8_t file[PAGE];

	page->bytes = symbols_bytes(tracee->symbols, address, file, PAGE);
	if (tracee_read_some(tracee, address, page->memory, page->bytes) !=
		    page->bytes ||
	    memcmp(page->memory, file, page->bytes))
		page->bytes = 0;
}

const uint8_t *textcache_bytes(struct textcache *cache, struct tracee *tracee,
			       uint64_t address, size_t *n)
{
	const uint64_t number = address / PAGE;
	const size_t at = address % PAGE;
	struct textcache_page *page;

	if (!tracee->symbols)
		return NULL;
	if (!cache->pages) {
		cache->pages = calloc(PAGES, sizeof(*cache->pages));
		if (!cache->pages)
			return NULL;
		cache->epoch++; /* an empty page is of none */
	}
	page = &cache->pages[number % PAGES];
	if (page->number != number || page->epoch != cache->epoch) {
		page->number = number;
		page->epoch = cache->epoch;
		load(page, tracee);
	}
	/* Instructions that reach into the next page are rare. */
	if (at + TRACE_MAX_INSN > page->bytes)
		return NULL;
	*n = page->bytes - at;
	return page->memory + at;
}

void textcache_forget(struct textcache *cache)
{
	cache->epoch++;
}

void textcache_written(struct textcache *cache, uint64_t address,
		       uint64_t bytes)
{
	uint64_t number = address / PAGE, last = (address + bytes - 1) / PAGE;

	if (!cache->pages)
		return;
	/* A longer write may concern any page. */
	if (last - number >= PAGES)
		cache->epoch++;
	for (; number <= last && last - number < PAGES; number++)
		if (cache->pages[number % PAGES].number == number)
			cache->epoch++;
}

void textcache_free(struct textcache *cache)
{
	free(cache->pages);
	*cache = (struct textcache){0};
}
