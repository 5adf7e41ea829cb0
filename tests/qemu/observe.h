/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_OBSERVE_H
#define SWC_TESTS_OBSERVE_H

#include <linux/types.h>

#include "engine/caps.h"

/*
 * A program in the test VM asks the observer, QEMU's plugin, by a no-op with this
 * displacement and the address of its request in RDI. The answer is written into the
 * request; without an observer nothing is.
 */
#define OBSERVE_NOP 0x53574f42

/* Bytes of the no-op: opcode and ModRM ([RAX + 32 bits]), then the displacement. */
#define OBSERVE_OPCODE "\x0f\x1f\x80"

enum observe_what {
	/* Fill @ops and @regions with a random sequence, drawn by @seed. */
	OBSERVE_GENERATE = 1,
	/* From here on replays have to be those of the sequence that lies there. */
	OBSERVE_BEGIN,
	/* There were @replays of them and some rehearsals: what was seen? */
	OBSERVE_END,
};

/* A lie about what is expected, which has to be found. */
enum observe_planted {
	PLANTED_NOTHING,
	PLANTED_MISSING,   /* an instruction that isn't executed is expected */
	PLANTED_EXTRA,	   /* one that is executed isn't */
	PLANTED_ELSEWHERE, /* an access, a slot further on */
	PLANTED_SHORTER,   /* an access of a byte less */
	PLANTED_UNSEEN,	   /* an access less */
	PLANTED_ZERO,	   /* all registers hold 0 throughout */
	PLANTED_RSP,	   /* RSP, a slot further on */
	PLANTED_MEMORY,	   /* all memory is 0 at the end */
	PLANTED_REPLAYS,   /* one replay more */
	PLANTED_KINDS,
};

#define OBSERVE_OPS	64u /* of a sequence that is drawn, at most */
#define OBSERVE_REGIONS 3u

/**
 * struct observe - a request and its answer
 * @what: enum observe_what
 * @answered: 1 afterwards, if there is an observer
 * @ops: address of struct swc_op[]
 * @regions: of struct swc_region[]
 * @arena: where emitted code lies
 * @arena_bytes: how much of it
 * @seed: of what is drawn; any but 0
 * @replays: as RUN reports
 * @rehearsals: that it doesn't report, at most
 * @nops: and so on to @open_end: as of struct swc_load; filled by GENERATE
 * @pedestal: likewise
 * @code_bytes: as LOAD reports
 * @planted: enum observe_planted
 * @caps: for which the module verifies
 * @seen: the answer to END
 * @findings: what isn't as expected
 * @text: the first of them
 */
struct observe {
	__u32 what;
	__u32 answered;
	__u64 ops;
	__u64 regions;
	__u64 arena;
	__u64 arena_bytes;
	__u64 seed;
	__u64 replays;
	__u64 rehearsals;
	__u32 nops;
	__u32 nregions;
	__u32 entry_region;
	__u32 entry_offset;
	__u32 open_end;
	__u32 pedestal;
	__u32 code_bytes;
	__u32 planted;
	struct swc_caps caps;
	struct observe_seen {
		__u64 replays;
		__u64 instructions;
		__u64 ops;
		__u64 accesses; /* of operations */
		__u64 zeros;	/* registers that had to be 0, and were */
		__u64 slots;	/* of memory, likewise, 8 bytes each */
		__u64 distinct; /* 1: no such sequence was seen before */
	} seen;
	__u64 findings;
	char text[200];
};

#endif
