/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_PREPARATION_H
#define SWC_TESTS_PREPARATION_H

#include "engine/state.h"
#include "helper.h"

/* States built for programs, with evictors whose addresses are easy to recognise. */

#define BUFFER	   0x100000000ull
#define PAGES	   0x200000000ull
#define CODE_PAGES 0x300000000ull
#define ALIAS	   0x400000000ll
#define NPAGES	   100
#define NCODE	   50
#define L1D_BYTES  128
#define L2_BYTES   256
#define L2_WAYS	   2
#define L2_WAY	   8192
#define CODE	   0x70000fd0ull /* neither on a line nor far from a page's end */
#define CODE_BYTES 0x60

enum ring { RING3, RING0, RING0_COLOURS };

/* The colour of each page of the regions, for RING0_COLOURS. */
#define COLOURS 6
extern const __u16 colours[COLOURS];

/* Lines of CODE that are said to hold code; NULL, as at first: all. */
extern const __u64 *code_lines;

/* A program, where it is bound to, and how a state of it is prepared. */
struct built {
	struct verified v;
	__u64 region[SWC_MAX_REGIONS];
	struct swc_binding binding;
	struct guarded workspace;
	struct guarded out; /* struct swc_preparation, and nothing after it */
	struct swc_preparation *preparation;
	__u32 rc;
};

struct swc_evictors evictors_of(enum ring ring);

/* build_with() - what a state needs; b->rc is the engine's answer. */
void build_with(struct built *b, const struct swc_program *program,
		const struct swc_state *state,
		const struct swc_evictors *evictors);
void built_free(struct built *b);

/* sizes() - of the caches that the evictors are for. */
void sizes(struct swc_state *s);

#endif
