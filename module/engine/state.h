/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_STATE_H
#define SWC_ENGINE_STATE_H

#include "emit.h"
#include "prepare.h"

/**
 * struct swc_evictors - what a backend has to empty caches and TLBs with
 * @buffer: memory to read through, as large as the larger sweep; 0: none
 * @pages: adjoining pages of address space over one and the same frame, so that
 *	reading through them costs translations but no cache; 0: none
 * @npages: how many: more than the TLB holds
 * @code: likewise, executable, each page beginning with RET; 0: none
 * @ncode: how many
 * @alias: from a region's address to that of a second mapping of its frames, by
 *	which its lines are reached without its translations; 0: none
 * @invlpg: this is ring 0, which needs neither @pages, @code nor @alias
 */
struct swc_evictors {
	__u64 buffer;
	__u64 pages;
	__u64 code;
	__s64 alias;
	__u32 npages;
	__u32 ncode;
	bool invlpg;
};

/* swc_state_is_warm() - is there nothing to prepare? */
bool swc_state_is_warm(const struct swc_state *state);

/* swc_state_bytes() - workspace for swc_state_build(), to live with its result. */
__u64 swc_state_bytes(const struct swc_plan *plan, __u32 code_bytes);

/**
 * swc_state_build() - how to bring about a state for a program
 * @plan: from swc_verify()
 * @state: what is wanted
 * @binding: the addresses that the program was emitted for
 * @code: where it runs
 * @code_bytes: its size
 * @evictors: what the backend has
 * @workspace: swc_state_bytes() bytes, aligned to 8; @preparation points into it
 * @preparation: filled
 *
 * Return: SWC_OK, SWC_ERR_REGION (a region that the program hasn't),
 * SWC_ERR_RESERVED, or SWC_ERR_STATE: it contradicts itself, or the backend
 * lacks what it needs.
 */
__u32 swc_state_build(const struct swc_plan *plan,
		      const struct swc_state *state,
		      const struct swc_binding *binding, __u64 code,
		      __u32 code_bytes, const struct swc_evictors *evictors,
		      void *workspace, struct swc_preparation *preparation);

#endif
