/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_STACKMAP_H
#define SWC_LIB_STACKMAP_H

#include <stddef.h>

#include "error.h"
#include "trace.h"

/* An instruction does one of these to RSP. */
enum stack_move {
	STACK_KEEP, /* nothing */
	STACK_STEP, /* a step from where it was: push, call, sub */
	STACK_SET,  /* to anywhere: mov, leave, xchg */
};

/*
 * The stacks that a variant runs on. A region that the recorder has named as a
 * stack is one. Others are found by where RSP goes: goroutines' and coroutines'
 * stacks lie in the heap, and two of 2 KiB may share a page. Each has to become
 * a region of its own, because all that lies below RSP in its region is
 * unknown.
 */
struct stackmap {
	struct stackmap_stack {
		uint64_t low; /* of all values of RSP */
		uint64_t high;
		const struct trace_region *region; /* if it is a known stack */
	} *stacks;				   /* by address, apart */
	size_t n;
};

/**
 * stackmap_build() - follow RSP through @variant
 * @map: filled; to be freed by stackmap_free()
 * @trace: the trace
 * @variant: of it
 * @moves: enum stack_move of each instruction of the trace's CODE
 * @err: set on failure
 *
 * A change of RSP that no instruction explains, as by a signal, counts as
 * STACK_SET. Return: 0, or -1 with @err set.
 */
int stackmap_build(struct stackmap *map, const struct trace *trace,
		   const struct trace_variant *variant, const uint8_t *moves,
		   struct error *err);
void stackmap_free(struct stackmap *map);

/* stackmap_find() - index of the stack that RSP is on, or -1. */
int stackmap_find(const struct stackmap *map, uint64_t rsp);

/* stackmap_is_kind() - does the recorder name this memory as a stack? */
int stackmap_is_kind(uint16_t kind);

#endif
