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
 * @shared_code: as in struct swc_caps: INVLPG takes more than the sequence's code, and
 *	code that others run there may bring it back
 * @colours: of each page of the program's regions, one region after the other:
 *	its physical page number modulo the pages of a way of L2. Page n of
 *	@buffer has colour n modulo the same. NULL: not known, L2 is swept.
 * @touches: steps that make the state's recorded touches; NULL: the backend can't
 * @ntouches: how many
 */
struct swc_evictors {
	__u64 buffer;
	__u64 pages;
	__u64 code;
	__s64 alias;
	__u32 npages;
	__u32 ncode;
	bool invlpg;
	bool shared_code;
	const __u16 *colours;
	const struct swc_step *touches;
	__u32 ntouches;
};

/**
 * struct swc_extent - emitted code
 * @at: address of its first byte
 * @bytes: its size
 * @lines: from swc_code_lines(): those that hold code, and not only the filling
 *	of gaps. NULL: all.
 */
struct swc_extent {
	__u64 at;
	__u32 bytes;
	const __u64 *lines;
};

/* swc_region_set_is_empty() - is no region in it? */
bool swc_region_set_is_empty(const struct swc_region_set *set);

/* swc_state_is_warm() - is there nothing to prepare? */
bool swc_state_is_warm(const struct swc_state *state);

/**
 * swc_state_check() - does a state make sense for a program of @nregions regions?
 *
 * Return: SWC_OK, SWC_ERR_REGION (a region that the program hasn't),
 * SWC_ERR_RESERVED, or SWC_ERR_STATE: it contradicts itself, or a size is beyond
 * its limit.
 */
__u32 swc_state_check(const struct swc_state *state, __u32 nregions);

/**
 * swc_state_buffer_bytes() - how large a buffer does a state evict through?
 * @state: that swc_state_check() accepts
 * @colours: are physical addresses known?
 *
 * Return: bytes, at most SWC_MAX_SWEEP_BYTES; 0: none is needed.
 */
__u32 swc_state_buffer_bytes(const struct swc_state *state, bool colours);

/* swc_state_bytes() - workspace for swc_state_build(), to live with its result. */
__u64 swc_state_bytes(const struct swc_proof *proof, __u32 code_bytes);

/**
 * swc_state_build() - how to bring about a state for a program
 * @proof: from swc_verify()
 * @state: what is wanted
 * @binding: the addresses that the program was emitted for
 * @code: that was emitted
 * @evictors: what the backend has
 * @workspace: swc_state_bytes() bytes, aligned to 8; @preparation points into it
 * @preparation: filled
 *
 * Return: SWC_OK, as swc_state_check(), SWC_ERR_STATE if the backend lacks what
 * it needs, SWC_ERR_CODE_PAGES if the kernel does, or SWC_ERR_TIME: more lines to
 * evict from L2 than a replay has time.
 */
__u32 swc_state_build(const struct swc_proof *proof,
		      const struct swc_state *state,
		      const struct swc_binding *binding,
		      const struct swc_extent *code,
		      const struct swc_evictors *evictors, void *workspace,
		      struct swc_preparation *preparation);

#endif
