// SPDX-License-Identifier: GPL-2.0
#include "opclass.h"

#include <stdlib.h>
#include <string.h>

#include "engine/access.h"
#include "engine/optable.h"
#include "engine/slots.h"

static const struct {
	const char *name;
	const char *title;
} words[OPCLASSES] = {
	[OPCLASS_REGISTERS] = {"registers", "register save/restore"},
	[OPCLASS_SWITCH] = {"switch", "stack switch"},
	[OPCLASS_CALLS] = {"calls", "calls and returns"},
	[OPCLASS_BRANCHES] = {"branches", "branches"},
	[OPCLASS_SYNC] = {"sync", "state synchronisation"},
	[OPCLASS_STACK] = {"stack", "stack memory"},
	[OPCLASS_HEAP] = {"heap", "heap memory"},
	[OPCLASS_ARITHMETIC] = {"arithmetic", "arithmetic"},
};

const char *opclass_name(enum opclass c)
{
	return words[c].name;
}

const char *opclass_title(enum opclass c)
{
	return words[c].title;
}

enum opclass opclass_find(const char *name)
{
	enum opclass c;

	for (c = 0; c < OPCLASSES; c++) {
		if (!strcmp(words[c].name, name) ||
		    !strcmp(words[c].title, name))
			break;
	}
	return c;
}

/**
 * struct slot - what is known of 8 bytes of the regions
 * @store: 1 + the operation that has put a register here; 0: none
 * @reg: which; vector registers follow the general ones
 * @bytes: of it, for vectors more than the slot's 8
 * @locked: some operation of the sequence accesses it with a lock
 */
struct slot {
	__u32 store;
	__u8 reg;
	__u8 bytes;
	bool locked;
};

/* The slots of all regions, one after the other. */
struct memory {
	const struct swc_proof *proof;
	struct slot *slots;
	size_t first[SWC_MAX_REGIONS];
	unsigned char *classes;
};

static int memory_init(struct memory *m, const struct swc_proof *proof,
		       unsigned char *classes, struct error *err)
{
	const struct swc_program *p = proof->program;
	size_t n = 0;
	__u32 i;

	for (i = 0; i < p->nregions; i++) {
		m->first[i] = n;
		n += (size_t)p->regions[i].pages * SWC_SLOTS_PER_PAGE;
	}
	m->proof = proof;
	m->classes = classes;
	m->slots = calloc(n + 1, sizeof(*m->slots));
	if (!m->slots)
		return error_set(err, EXIT_IMPOSSIBLE, "out of memory");
	return 0;
}

static struct slot *slot_at(const struct memory *m, __u32 region, __u32 offset)
{
	return &m->slots[m->first[region] + offset / SWC_SLOT_BYTES];
}

static struct slot *last_slot(const struct memory *m,
			      const struct swc_access *a)
{
	return slot_at(m, a->region, a->offset + a->bytes - 1);
}

#define for_each_slot(slot, m, a)                         \
	for (slot = slot_at(m, (a)->region, (a)->offset); \
	     slot <= last_slot(m, a); slot++)

static bool is_locked(const struct swc_op *op)
{
	return (swc_op_traits(op->kind)->traits & SWC_ATOMIC) ||
	       (op->flags & SWC_OPF_LOCK);
}

/* The class that follows from the kind of an operation alone, or OPCLASSES. */
static enum opclass by_kind(const struct swc_op *op)
{
	switch (op->kind) {
	case SWC_OP_SAVE:
	case SWC_OP_RESTORE:
	case SWC_OP_FXSAVE:
	case SWC_OP_FXRSTOR:
	case SWC_OP_XSAVE:
	case SWC_OP_XRSTOR:
		return OPCLASS_REGISTERS;
	case SWC_OP_SWITCH:
		return OPCLASS_SWITCH;
	case SWC_OP_CALL:
	case SWC_OP_RET:
	case SWC_OP_AIM:
		return OPCLASS_CALLS;
	case SWC_OP_BRANCH:
	case SWC_OP_JUMP:
		return OPCLASS_BRANCHES;
	case SWC_OP_LFENCE:
	case SWC_OP_MFENCE:
	case SWC_OP_SFENCE:
	case SWC_OP_PAUSE:
		return OPCLASS_SYNC;
	default:
		return is_locked(op) ? OPCLASS_SYNC : OPCLASSES;
	}
}

static void mark_locked(struct memory *m)
{
	struct swc_access list[SWC_OP_ACCESSES];
	const struct swc_program *p = m->proof->program;
	struct slot *slot;
	__u32 i, j, n;

	for (i = 0; i < p->nops; i++) {
		if (!is_locked(&p->ops[i]))
			continue;
		n = swc_op_accesses(m->proof, i, list);
		for (j = 0; j < n; j++) {
			for_each_slot(slot, m, &list[j])
				slot->locked = true;
		}
	}
}

/* The class by the memory that an operation accesses; none: arithmetic. */
static enum opclass by_memory(const struct memory *m, __u32 op)
{
	struct swc_access list[SWC_OP_ACCESSES];
	__u32 n = swc_op_accesses(m->proof, op, list), i;
	struct slot *slot;

	for (i = 0; i < n; i++) {
		for_each_slot(slot, m, &list[i]) {
			if (slot->locked)
				return OPCLASS_SYNC;
		}
	}
	if (!n)
		return m->proof->program->ops[op].kind == SWC_OP_INVLPG
			       ? OPCLASS_HEAP
			       : OPCLASS_ARITHMETIC;
	return swc_proof_is_stack(m->proof, list[n - 1].region) ? OPCLASS_STACK
								: OPCLASS_HEAP;
}

/* A register moved whole to or from memory: which, or SWC_REG_NONE. */
static __u8 moved_register(const struct swc_op *op, bool *to_memory)
{
	bool vector = swc_op_traits(op->kind)->traits & SWC_HAS_VECTOR;
	__u8 reg;

	switch (op->kind) {
	case SWC_OP_PUSH:
	case SWC_OP_STORE:
	case SWC_OP_VSTORE:
		*to_memory = true;
		reg = op->src;
		break;
	case SWC_OP_POP:
	case SWC_OP_LOAD:
	case SWC_OP_VLOAD:
		*to_memory = false;
		reg = op->dst;
		break;
	default:
		return SWC_REG_NONE;
	}
	if (reg == SWC_REG_NONE || (op->size && op->size < SWC_SLOT_BYTES))
		return SWC_REG_NONE;
	return vector ? SWC_REG_R15 + 1 + reg : reg;
}

/* Notes what is written over @a: @op's register, or something unknown if @op is 0. */
static void put(const struct memory *m, const struct swc_access *a, __u32 op,
		__u8 reg)
{
	struct slot *slot;

	for_each_slot(slot, m, a) {
		slot->store = op;
		slot->reg = reg;
		slot->bytes = a->bytes;
	}
}

/* Does all of @a hold what one operation has put there from @reg? */
static bool holds(const struct memory *m, const struct swc_access *a, __u8 reg)
{
	__u32 store = slot_at(m, a->region, a->offset)->store;
	struct slot *slot;

	for_each_slot(slot, m, a) {
		if (!store || slot->store != store || slot->reg != reg ||
		    slot->bytes != a->bytes || slot->locked)
			return false;
	}
	return true;
}

/*
 * Follow registers through the stacks: where one comes back, both the operation
 * that put it there and the one that brings it back are a save and a restore.
 */
static void follow(struct memory *m, __u32 op)
{
	struct swc_access list[SWC_OP_ACCESSES];
	__u32 n = swc_op_accesses(m->proof, op, list), i;
	bool to_memory = false;
	__u8 reg = moved_register(&m->proof->program->ops[op], &to_memory);

	for (i = 0; i < n; i++) {
		if (list[i].flags & SWC_ACCESS_WRITE)
			put(m, &list[i], 0, SWC_REG_NONE);
	}
	if (reg == SWC_REG_NONE || !n ||
	    !swc_proof_is_stack(m->proof, list[0].region))
		return;
	if (to_memory) {
		put(m, &list[0], op + 1, reg);
	} else if (holds(m, &list[0], reg)) {
		i = slot_at(m, list[0].region, list[0].offset)->store - 1;
		m->classes[i] = OPCLASS_REGISTERS;
		m->classes[op] = OPCLASS_REGISTERS;
	}
}

int opclass_assign(const struct swc_proof *proof, unsigned char *classes,
		   struct error *err)
{
	const struct swc_program *p = proof->program;
	enum opclass c;
	struct memory m;
	__u32 i;

	if (memory_init(&m, proof, classes, err))
		return -1;
	mark_locked(&m);
	for (i = 0; i < p->nops; i++) {
		c = by_kind(&p->ops[i]);
		classes[i] = c < OPCLASSES ? c : by_memory(&m, i);
		follow(&m, i);
	}
	free(m.slots);
	return 0;
}
