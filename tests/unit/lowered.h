/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_LOWERED_H
#define SWC_TESTS_LOWERED_H

#include "decode.h"
#include "engine/freestanding.h"
#include "lower.h"
#include "trace.h"

/* Instructions with their accesses, planted in a trace that is lowered. */

#define CODE	0x401000ull
#define STACK	0xc000040000ull
#define G0STACK 0x7ffd00010000ull
#define HEAP	0xc000100000ull
#define TLS	0x7f0000000000ull

/* RSP at the first instruction; the first return address lies there. */
#define ENTRY (STACK + 0xe00)
#define OTHER (G0STACK + 0xc00)

#define R	  TRACE_ACCESS_READ
#define W	  TRACE_ACCESS_WRITE
#define A	  TRACE_ACCESS_ATOMIC
#define MAX_STEPS 12

/* The environment's name of a folder where each trace that is planted is kept, too. */
#define PLANTED_KEEP "PLANTED_TRACES"

enum { IN_STACK, IN_G0STACK, IN_HEAP, IN_TLS, REGIONS };

/* It lies after the call of 5 bytes at step @i, not where its number says. */
#define PLANTED_BEHIND(i) (((i) + 1) << 8)
/* It is the instruction of step @i once more. */
#define PLANTED_AGAIN(i) ((((i) + 1) << 8) | 0x8000)

struct planted {
	uint8_t length;
	uint8_t bytes[9];
	uint64_t rsp;
	uint16_t flags; /* TRACE_STEP_*, PLANTED_BEHIND(), PLANTED_AGAIN() */
	struct {
		uint64_t address;
		uint32_t size;
		uint8_t flags;
		uint16_t region;
	} accesses[2];
};

struct lowered {
	char path[64];
	struct trace trace;
	struct sequence sequence;
	struct lowering lowering;
	struct lower_details details;
};

/* The return of the first function. */
extern const struct planted planted_ret;

/*
 * planted_lower() - make a trace of @steps, up to the first of length 0, and lower
 * it; the test fails if it can't be. The lines of its code are the working set between two
 * calls. planted_done() takes it away, and checks that
 * the deviations of the steps add up to those of the whole.
 */
void planted_lower(struct lowered *l, const struct planted *steps,
		   bool touch_only);
void planted_done(struct lowered *l);

/* planted_refused() - likewise, but it can't be lowered, and the reason says @why. */
void planted_refused(struct lowered *l, const struct planted *steps,
		     const char *why);

/* planted_text() - operation @i as text, without its code line. */
const char *planted_text(const struct lowered *l, size_t i);

/* planted_texts() - the operations are these, and no more. */
void planted_texts(const struct lowered *l, const char *const *expected,
		   size_t n);

#endif
