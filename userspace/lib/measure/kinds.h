/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_KINDS_H
#define SWC_LIB_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "sequence.h"

/*
 * Kinds of work whose cost is known by its shape, on any core: n serial operations
 * cost n times one. Additions alone don't prove an instrument: work that feeds no
 * register, such as a locked addition to memory, and work that waits for none,
 * such as a load from a fixed address, may hide under what surrounds it, and
 * additions can't.
 */

/* The shape of the cost of n operations of a kind, one after the other. */
enum kind_shape {
	KIND_SERIAL, /* each waits for the one before: n times one */
	KIND_STORES, /* likewise, but nothing waits for the last one's store */
	KIND_FENCES, /* likewise, but one beside the frame's fence waits otherwise */
	KIND_OVERLAPS, /* a core may overlap them, or forward what it predicts */
};

/* Kinds of every run's self-test, by their index in the table. */
enum {
	KIND_UNREAD, /* additions that wait for no register and feed none */
	KIND_LOCKED, /* feeds no register */
	KIND_LOADS,  /* waits for none */
	KINDS_FIXED,
};

/**
 * struct kind - one row of the table
 * @name: for people
 * @regions: statements that declare memory, or ""
 * @first: operations before, or ""
 * @op: the operation, as in a sequence's text
 * @last: operations after, or ""
 * @shape: what n of them cost
 * @first_counts: @first is one of the n
 * @most: of more than so many in a row each may take longer; 0: there is no such number
 * @vouches: for operations of which kinds in a sequence, bit SWC_OP_*
 * @flags: SWC_OPF_* that those operations carry, or 0: any
 */
struct kind {
	const char *name;
	const char *regions;
	const char *first;
	const char *op;
	const char *last;
	enum kind_shape shape;
	bool first_counts;
	unsigned int most;
	uint64_t vouches;
	uint32_t flags;
};

/* kind_is_serial() - do n of them cost n times one, but for one beside the frame? */
static inline bool kind_is_serial(const struct kind *k)
{
	return k->shape != KIND_OVERLAPS;
}

/* kind_but_for_one() - may n of them cost up to one operation less, or more, than that? */
static inline bool kind_but_for_one(const struct kind *k)
{
	return k->shape == KIND_STORES || k->shape == KIND_FENCES;
}

/* kinds() - the table. @n: filled: how many rows; at most KINDS_MAX. */
const struct kind *kinds(unsigned int *n);

#define KINDS_MAX 64u

/**
 * kind_sequence() - n operations of a kind
 * @k: which
 * @n: how many, at least 1
 * @before: dependent additions of RAX before them
 * @after: and after them
 * @s: filled; sequence_free() it
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kind_sequence(const struct kind *k, unsigned int n, unsigned int before,
		  unsigned int after, struct sequence *s, struct error *err);

/* kinds_in() - the kinds that vouch for a sequence's operations, one bit each. */
uint64_t kinds_in(const struct sequence *s);

#endif
