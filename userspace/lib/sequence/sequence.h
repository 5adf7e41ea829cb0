/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SEQUENCE_H
#define SWC_LIB_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/verify.h"
#include "error.h"
#include "notreplayed.h"

/* A division of 64 bits by a register takes so long on current processors. */
#define SEQUENCE_DIVISION_CYCLES 14u

/* An operation stems from this; kept beside it, never sent to a backend. */
struct sequence_note {
	uint32_t function; /* index of a function's name; 0: none */
	uint32_t line;	   /* of the text, or step of the trace, from 1 */
};

/* A list of names that are found again by their text. */
struct names {
	char **list;
	size_t n;
};

/* A sequence in memory: what the engine runs, and the names for people. */
struct sequence {
	char *path; /* where it came from, for messages */
	struct swc_op *ops;
	struct sequence_note *notes;
	size_t nops;
	size_t capacity;
	struct swc_region *regions;
	struct names region_names; /* as many as regions */
	struct names marks;	   /* SWC_OP_MARK's phase names */
	struct names functions;	   /* [0] is "" */
	uint32_t entry_region;
	uint32_t entry_offset;
	bool open_end;	 /* see struct swc_program */
	bool touch_only; /* accesses alone: no cycles may be reported of it */
	struct notreplayed not_replayed; /* of what was recorded */
	/* Lines that the program touched before the call, oldest first; or NULL. */
	struct swc_touch *touches;
	uint32_t ntouches;
	/*
	 * Of each region's first page, with touches: its number among the recorded pages,
	 * as theirs are numbered; or NULL.
	 */
	uint32_t *places;
};

/* sequence_init() - an empty sequence. Return: 0, or -1 with @err set. */
int sequence_init(struct sequence *s, const char *path, struct error *err);
void sequence_free(struct sequence *s);

/* An operation with every register NONE and all else 0. */
struct swc_op sequence_op(enum swc_op_kind kind);

/* sequence_append() - add an operation. Return: 0, or -1 with @err set. */
int sequence_append(struct sequence *s, const struct swc_op *op,
		    struct sequence_note note, struct error *err);

/*
 * sequence_region() - add a region.
 * Return: its index, or -1 with @err set (name taken, too many, no memory).
 */
int sequence_region(struct sequence *s, const char *name, uint32_t pages,
		    struct error *err);

/**
 * sequence_like() - all of a sequence but its operations
 * @s: filled, to be freed: path, marks, functions, regions and entry of @other
 * @other: the sequence
 * @more: pages that each region has more, in front, which moves the entry; NULL: none
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set and nothing to free.
 */
int sequence_like(struct sequence *s, const struct sequence *other,
		  const uint32_t *more, struct error *err);

/* names_find() - index of @text, or -1. */
int names_find(const struct names *names, const char *text);
/* names_add() - index of @text, added if it is new; -1: no memory. */
int names_add(struct names *names, const char *text);

/* sequence_program() - the engine's view; valid while @s doesn't change. */
struct swc_program sequence_program(const struct sequence *s);

/* sequence_load() - what LOAD takes of it; likewise. */
struct swc_load sequence_load(const struct sequence *s);

/*
 * sequence_refusal() - turn the verifier's answer into a line for people:
 * "x.seq:12: op 7 (load): access outside its region".
 */
int sequence_refusal(const struct sequence *s, const struct swc_error *refused,
		     struct error *err);

/**
 * sequence_verify() - have the engine verify a sequence
 * @s: the sequence
 * @caps: of the CPU and ring that shall run it
 * @proof: filled if it is accepted; refers to @program and to @workspace
 * @program: filled: the engine's view of @s
 * @workspace: new memory, to be freed when @proof isn't needed any more
 * @refused: filled if it is refused
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set and nothing to free.
 */
int sequence_verify(const struct sequence *s, const struct swc_caps *caps,
		    struct swc_proof *proof, struct swc_program *program,
		    void **workspace, struct swc_error *refused,
		    struct error *err);

/**
 * sequence_prove() - find what keeps a sequence from being accepted
 * @unproved: two bits an operation, 0 before; see swc_verify_unproved()
 *
 * Return: 0: it is accepted once those operations are changed; or -1 with
 * @refused and @err set.
 */
int sequence_prove(const struct sequence *s, const struct swc_caps *caps,
		   uint8_t *unproved, struct swc_error *refused,
		   struct error *err);

/* sequence_is_unproved() - is @bit marked: SWC_UNPROVED(), SWC_UNPROVED_INDEX()? */
bool sequence_is_unproved(const uint8_t *unproved, size_t bit);

/*
 * sequence_give_up() - change what sequence_prove() has marked: an address loses
 * its base or index, a division becomes a chain as long. Return: how many.
 */
size_t sequence_give_up(struct sequence *s, const uint8_t *unproved);

#endif
