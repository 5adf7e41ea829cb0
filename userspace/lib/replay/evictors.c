// SPDX-License-Identifier: GPL-2.0
#include "evictors.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "aliases.h"

#define RET  0xc3
#define INT3 0xcc

static int no_memory(const char *what, struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory to empty %s with: %s: choose another state",
			 what, strerror(errno));
}

/*
 * Address space for the largest buffer is taken once, since preparations that
 * were built before go on pointing to it when it grows. It has huge pages if
 * there are any, so that its own translations stay few.
 */
static int provide_buffer(struct evictors *e, size_t bytes, struct error *err)
{
	void *p;

	if (bytes <= e->buffer_bytes)
		return 0;
	if (!e->buffer) {
		p = mmap(NULL, SWC_MAX_SWEEP_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return no_memory("a cache", err);
		madvise(p, SWC_MAX_SWEEP_BYTES, MADV_HUGEPAGE);
		e->buffer = p;
	}
	/* The buffer is written to, or all of it would be the one zero page. */
	memset((char *)e->buffer + e->buffer_bytes, 1, bytes - e->buffer_bytes);
	e->buffer_bytes = bytes;
	return 0;
}

static int provide_pages(void **pages, uint8_t first, uint8_t fill,
			 int protection, const char *what, struct error *err)
{
	if (!*pages)
		*pages = aliases_map(EVICTORS_PAGES, first, fill, protection);
	return *pages ? 0 : no_memory(what, err);
}

int evictors_provide(struct evictors *e, const struct swc_state *state,
		     __s64 alias, struct swc_evictors *out, struct error *err)
{
	if (provide_buffer(e, swc_state_buffer_bytes(state, false), err) ||
	    (!swc_region_set_is_empty(&state->dtlb) &&
	     provide_pages(&e->pages, 0, 0, PROT_READ, "the data TLB", err)) ||
	    (state->flags & SWC_STATE_COLD_ITLB &&
	     provide_pages(&e->code, RET, INT3, PROT_READ | PROT_EXEC,
			   "the instruction TLB", err)))
		return -1;
	*out = (struct swc_evictors){
		.buffer = (uintptr_t)e->buffer,
		.pages = (uintptr_t)e->pages,
		.npages = EVICTORS_PAGES,
		.code = (uintptr_t)e->code,
		.ncode = EVICTORS_PAGES,
		.alias = alias,
	};
	return 0;
}

void evictors_free(struct evictors *e)
{
	if (e->buffer)
		munmap(e->buffer, SWC_MAX_SWEEP_BYTES);
	aliases_unmap(e->pages, EVICTORS_PAGES);
	aliases_unmap(e->code, EVICTORS_PAGES);
	touches_free(&e->touches);
	*e = (struct evictors){0};
}
