/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ARMS_H
#define SWC_LIB_ARMS_H

#include "backend.h"
#include "error.h"
#include "kinds.h"
#include "sequence.h"

/*
 * A run replays these, in random order: the sequences to be measured, a control
 * for each, and the arms that the run proves itself with.
 */

/*
 * A chain's last addition executes in one of a core's ALUs, and where it does decides
 * when the fence notices. On Zen 2, with four of them, 2 of 4 successive lengths
 * took 1.1 cycles less than the others, which chains of 20, 100 and 220, all of them
 * multiples of four, never show. So there are short chains of so many successive lengths.
 */
#define CHAIN_SLOTS 4u

/* Arms of every run, by their index. */
enum {
	ARM_CONTROL,	 /* nothing, on the host's stack */
	ARM_NULL,	 /* the same again: must cost nothing */
	ARM_CHAIN_SHORT, /* the first of CHAIN_SLOTS: 20, 21, 22 and 23 additions */
	ARM_CHAIN_LONG = ARM_CHAIN_SHORT + CHAIN_SLOTS, /* its difference from
							 * the first is the clock */
	ARM_CHAIN_CHECK,  /* its length must come out by this clock */
	ARM_UNREAD_SHORT, /* two of KIND_UNREAD */
	ARM_UNREAD_LONG,
	ARMS_ALONE, /* the fixed kinds follow, two arms each */
	ARMS_FIXED = ARMS_ALONE + 2 * (KINDS_FIXED - 1),
};

/*
 * Operations in the two arms of a kind. Additions that nothing waits for come in
 * ones and sixes: the difference isn't five cycles if a few of them are hidden.
 */
#define KIND_SHORT   2u
#define KIND_LONG    8u
#define UNREAD_SHORT 1u
#define UNREAD_LONG  6u

/* Dependent additions in the chains. */
#define CHAIN_SHORT 20u
#define CHAIN_CHECK 100u
#define CHAIN_LONG  220u

/*
 * Additions of the pedestal, drawn anew for each round and the same for all its
 * arms. RDTSC always ends at the same phase of the TSC's own clock, so the time
 * from there to the second reading is rounded in the same way each time: on a
 * quiet core, chains came out up to 0.9 cycles wrong. A random delay before the
 * first reading doesn't help, a random length between the two does.
 */
#define PEDESTAL_MIN	 4u
#define PEDESTAL_LENGTHS 64u

/* A cycle takes a quarter of a tick or more, so at most this many pass in a tick. */
#define PEDESTAL_PER_TICK 4u

/*
 * arms_pedestal() - a round's, by a random number: of more lengths than a step of
 * the TSC has cycles.
 */
static inline uint32_t arms_pedestal(uint64_t random, double tsc_step)
{
	uint64_t lengths = PEDESTAL_PER_TICK * tsc_step;

	if (lengths < PEDESTAL_LENGTHS)
		lengths = PEDESTAL_LENGTHS;
	if (lengths > SWC_MAX_PEDESTAL / 2)
		lengths = SWC_MAX_PEDESTAL / 2;
	return PEDESTAL_MIN + random % lengths;
}

struct arm {
	const struct sequence *sequence;
	struct sequence own;	/* what @sequence points to, if made here */
	struct swc_state state; /* prepared before each sample */
	unsigned int control;	/* index of the arm that is taken off */
	bool cold;		/* @restored less @warm is taken off, too */
	bool beside;		/* @warm is there to be held against, only */
	unsigned int
		restored;  /* the same, but what was made cold is warm again */
	unsigned int warm; /* the same, as the replay before has left it */
	bool works; /* executes something: the frame's constant is in its time */
	uint64_t kinds; /* that vouch for its operations */
};

/* The arms of a kind of the self-test. */
struct arms_kind {
	unsigned int kind; /* index in the table */
	unsigned int arm;  /* of KIND_SHORT operations; KIND_LONG in the next */
};

struct arms {
	struct arm list[SWC_MAX_ARMS];
	unsigned int n;
	struct arms_kind kinds[KINDS_MAX];
	unsigned int nkinds;
};

/* arms_init() - the fixed ones. Return: 0, or -1 with @err set. */
int arms_init(struct arms *arms, struct error *err);
void arms_free(struct arms *arms);

/**
 * arms_add() - add a sequence, a control if none of those there fits, and what
 *	proves the kinds of work that it is made of
 * @arms: added to
 * @s: the sequence; not copied
 * @state: prepared before each of its samples
 * @err: set on failure: too many, or no memory
 *
 * Return: the index of its arm, or -1 with @err set.
 */
int arms_add(struct arms *arms, const struct sequence *s,
	     const struct swc_state *state, struct error *err);

/**
 * arms_add_apart() - likewise, but if data is to be cold, the figure has the cost of
 * cold data only
 * @arms: added to
 * @s: the sequence; not copied
 * @state: prepared before each of its samples
 * @err: set on failure: too many, or no memory
 *
 * Reading through a cache or a TLB spoils branch prediction, too, and the more
 * branches a sequence has, the more that costs: a control, which has none, can't show
 * it. So the same sequence is measured with all data brought back in the end, and
 * warm, and the difference is taken off. A recorded state is measured beside the warm
 * sequence, and nothing is taken off. Return: the index of its arm, or -1 with @err set.
 */
int arms_add_apart(struct arms *arms, const struct sequence *s,
		   const struct swc_state *state, struct error *err);

/* sequence_works() - does anything in it execute? Marks and no-ops don't. */
bool sequence_works(const struct sequence *s);

/*
 * arms_control() - the control that fits a sequence in a state, added if there is
 * none yet. Return: the index of its arm, or -1 with @err set.
 */
int arms_control(struct arms *arms, const struct sequence *s,
		 const struct swc_state *state, struct error *err);

/* arms_load_one() - a sequence in a state. Return: 0, or -1 with @err set. */
int arms_load_one(const struct backend_ops *ops, struct backend *b,
		  const struct sequence *s, const struct swc_state *state,
		  uint32_t pedestal, struct error *err);

/*
 * arms_load() - load them all, in order, with a pedestal of that length.
 * Return: 0, or -1 with @err set.
 */
int arms_load(const struct arms *arms, const struct backend_ops *ops,
	      struct backend *b, uint32_t pedestal, struct error *err);

#endif
