/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_HELPER_H
#define SWC_TESTS_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capsall.h"
#include "engine/emit.h"
#include "sequence.h"

/*
 * The tests of the engine share these: programs from text, verification and
 * emission in memory that ends at an unmapped page, so that a byte too many is
 * a fault also without a sanitizer.
 */

struct guarded {
	void *bytes; /* ends, rounded up to 8, where the mapping ends */
	void *map;
	size_t mapped;
};

void guarded_alloc(struct guarded *g, size_t bytes);
void guarded_free(struct guarded *g);

/* The answer of the verifier, and what it points to. */
struct verified {
	struct guarded workspace;
	struct swc_proof proof;
	struct swc_error error;
	bool accepted;
};

/* verify() - ask the verifier. Return: accepted. */
bool verify(struct verified *v, const struct swc_program *program,
	    const struct swc_caps *caps);
void verified_free(struct verified *v);

struct emitted {
	struct guarded code;
	struct guarded workspace;
	__u32 bytes;
	__u32 shared; /* lines that are come by again, as in struct swc_code */
	__u32 turned;
};

/*
 * emit() - count, then write; the test fails if the two differ, or if the code isn't
 * read back as what was verified.
 * Return: false if the emitter refuses the binding.
 */
bool emit(struct emitted *e, const struct swc_proof *proof,
	  const struct swc_binding *binding);
/* read_back() - swc_readback(), with memory of its own. */
bool read_back(const struct swc_proof *proof, const struct swc_binding *binding,
	       const __u8 *code, __u32 bytes, __u32 *where);
void emitted_free(struct emitted *e);

/* Regions side by side from @at, a page between them; context before them. */
void bind_at(struct swc_binding *binding, __u64 *region,
	     const struct swc_program *program, __u64 at);

/* sequence_from() - read a well-formed text; ";" ends a line, too. */
void sequence_from(struct sequence *s, const char *text);

#define ACCEPTED	    ((struct swc_error){.code = SWC_OK})
#define REFUSED(why, where) ((struct swc_error){.code = (why), .op = (where)})

/* check_verdict() - fail unless the verifier's answer is @expected. */
void check_verdict(const struct swc_program *program,
		   const struct swc_caps *caps, struct swc_error expected,
		   const char *name);

/* check_text() - the same for a text and caps_all(); decodes what's accepted. */
void check_text(const char *text, struct swc_error expected);

/* A text, why it is refused and at which operation, and its nearest neighbour. */
struct refusal {
	const char *refused;
	__u32 code;
	__u32 op;
	const char *accepted;
};

/* check_refusals() - check_text() of both, for @n of them. */
void check_refusals(const struct refusal *r, size_t n);

/* check_accepted() - verify, emit, and have the decoder check every byte. */
void check_accepted(const struct swc_program *program,
		    const struct swc_caps *caps);

/*
 * check_every_way() - likewise in all ways: as recorded or packed, spread or not, in a loop,
 * with landing pads, indirect branches direct, in both halves, and at the end of each,
 * where there may be no room. Return: bytes as recorded, in the low half.
 */
__u32 check_every_way(const struct swc_program *program);

#endif
