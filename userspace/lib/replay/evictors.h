/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_EVICTORS_H
#define SWC_LIB_EVICTORS_H

#include <stddef.h>

#include "engine/state.h"
#include "error.h"
#include "touches.h"

/*
 * Ring 3 empties caches and TLBs with these. It can flush its own lines, but
 * neither invalidate a translation nor choose a level. So it reads, and calls,
 * through more memory than the cache or TLB in question holds.
 */

/*
 * Pages read or called through to empty a TLB: twice the largest second level of
 * any CPU so far (4096 entries, Zen 5), since replacement isn't LRU.
 */
#define EVICTORS_PAGES 8192u

struct evictors {
	void *buffer;		 /* SWC_MAX_SWEEP_BYTES of address space */
	size_t buffer_bytes;	 /* the part of it that has memory */
	void *pages;		 /* EVICTORS_PAGES mappings of one frame */
	void *code;		 /* likewise, each beginning with RET */
	struct touches *touches; /* of programs, before their calls */
};

/**
 * evictors_provide() - have what a state needs, in addition to what is there
 * @e: all zero at first
 * @state: what it is for
 * @alias: see struct swc_evictors
 * @out: filled for the engine
 * @err: set on failure
 */
int evictors_provide(struct evictors *e, const struct swc_state *state,
		     __s64 alias, struct swc_evictors *out, struct error *err);
void evictors_free(struct evictors *e);

#endif
