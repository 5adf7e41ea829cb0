/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_STATES_H
#define SWC_LIB_STATES_H

#include <stdbool.h>

#include "engine/state.h"
#include "error.h"
#include "geometry.h"
#include "sequence.h"

/*
 * States as people name them: KIND or KIND:REGION,REGION... where KIND is one of
 * those below; no regions: all. "warm" stands alone.
 *
 * This is the one place that lists them. A row has the kind, its name, the member of
 * struct swc_state or the flag that asks the engine for it, and the place where it
 * sends lines or translations. Then come the least core cycles that an access of a
 * witness costs more, and how the state is made in ring 3 and, if that differs, in ring
 * 0.
 *
 * L1d answers in 4 to 5 cycles, L2 in 12 to 18, what is beyond it in 30 or more, memory
 * in 100 and more. A page walk whose tables are cached takes 10 and more (Intel
 * Optimization Reference Manual; Fog, Microarchitecture). Code is fetched ahead, so
 * that a line of it costs a part of that.
 */
#define STATE_TABLE(DATA, CODE)                                               \
	DATA(COLD_L1D, "cold-l1d", l1d, STATE_IN_L2, 3,                       \
	     "reading twice L1d's size", NULL)                                \
	DATA(COLD_L2, "cold-l2", l2, STATE_IN_L3, 12,                         \
	     "reading twice L2's size",                                       \
	     "reading twice its ways of each set of L2")                      \
	DATA(COLD_ALL, "cold-all", memory, STATE_IN_MEMORY, 60, "CLFLUSH",    \
	     NULL)                                                            \
	DATA(COLD_DTLB, "cold-dtlb", dtlb, STATE_UNTRANSLATED, 4,             \
	     "reading through 8192 mappings of one page", "INVLPG")           \
	CODE(COLD_ITLB, "cold-itlb", SWC_STATE_COLD_ITLB, STATE_UNTRANSLATED, \
	     2, "calls through 8192 mappings of one page", "INVLPG")          \
	CODE(COLD_CODE, "cold-code", SWC_STATE_COLD_CODE, STATE_IN_MEMORY, 4, \
	     "CLFLUSH", NULL)                                                 \
	CODE(RECORDED, "recorded", SWC_STATE_RECORDED, STATE_AS_RECORDED, 3,  \
	     "touching what the program touched before the call", NULL)

/* The place to which a state sends lines or translations. */
enum state_place {
	STATE_IN_L2,	    /* lines not in the first level, but in L2 */
	STATE_IN_L3,	    /* lines neither in the first level nor in L2 */
	STATE_IN_MEMORY,    /* lines in no cache */
	STATE_UNTRANSLATED, /* pages have no translation cached */
	STATE_AS_RECORDED, /* wherever what the program touched has left them */
};

#define STATE_ENUM(kind, ...) STATE_##kind,
enum state_kind { STATE_TABLE(STATE_ENUM, STATE_ENUM) STATE_KINDS };

/* ", cold-l1d, cold-l2...": all names, for messages and help. */
#define STATE_NAME(kind, name, ...) ", " name
#define STATE_NAMES		    STATE_TABLE(STATE_NAME, STATE_NAME)

/**
 * struct state_row - one kind of state
 * @name: as people write it
 * @set: offset of its set of regions in struct swc_state; of code: -1
 * @flag: of struct swc_state; of data: 0
 * @place: where is what it makes cold
 * @least: see STATE_TABLE
 * @by_user: how it is made in ring 3
 * @by_kernel: the same in ring 0
 */
struct state_row {
	const char *name;
	int set;
	uint32_t flag;
	enum state_place place;
	double least;
	const char *by_user;
	const char *by_kernel;
};

extern const struct state_row state_rows[STATE_KINDS];

static inline const char *state_kind_name(enum state_kind kind)
{
	return state_rows[kind].name;
}

/* state_is_of_code() - or else of data, which lie in regions. */
static inline bool state_is_of_code(enum state_kind kind)
{
	return state_rows[kind].flag;
}

/* state_is_by_page() - is it about translations, or else about lines? */
static inline bool state_is_by_page(enum state_kind kind)
{
	return state_rows[kind].place == STATE_UNTRANSLATED;
}

/*
 * state_asks() - does the engine's @state ask for this kind?
 * @region: of the sequence; any, if the kind is of code
 */
bool state_asks(const struct swc_state *state, enum state_kind kind,
		uint32_t region);

#define STATES_TEXT 256

/* The states that a command line has asked for. */
struct states {
	bool given[STATE_KINDS];
	char regions[STATE_KINDS][STATES_TEXT]; /* empty: all */
	bool warm;				/* said so */
};

/* states_add() - one --state. Return: 0, or -1 with @err set. */
int states_add(struct states *states, const char *text, struct error *err);

/* states_are_warm() - is there nothing to prepare? */
bool states_are_warm(const struct states *states);

/* states_print() - as text, for a result: "cold-l1d:cstack + cold-code". */
void states_print(const struct states *states, char *text, size_t bytes);

/**
 * states_resolve() - what to prepare for a sequence
 * @states: asked for
 * @s: whose regions are named
 * @geometry: how much to read to empty a cache
 * @out: filled
 * @err: set on failure: no such region, a region cold in two ways, or the size
 *	of a cache isn't known
 */
int states_resolve(const struct states *states, const struct sequence *s,
		   const struct geometry *geometry, struct swc_state *out,
		   struct error *err);

#endif
