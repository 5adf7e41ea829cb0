/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_OPCLASS_H
#define SWC_LIB_OPCLASS_H

#include "engine/verify.h"
#include "error.h"

/*
 * The purposes of operations. The prefix profile sums up cost by these classes
 * and ablation takes them away one by one, so both read this one table. Each
 * operation is in exactly one class: the first below that fits.
 */
enum opclass {
	/*
	 * SAVE, RESTORE and their kin; and a register that is put on a stack
	 * and comes back from there into the same register: both halves.
	 */
	OPCLASS_REGISTERS,
	OPCLASS_SWITCH, /* RSP goes to another stack */
	OPCLASS_CALLS,
	OPCLASS_BRANCHES,
	/*
	 * Operations that keep others informed: locked ones, fences, and every
	 * other access to a word that a locked operation of the same sequence
	 * accesses, which is then a status that is looked at, or a lock.
	 */
	OPCLASS_SYNC,
	OPCLASS_STACK,	    /* memory of a region that RSP enters */
	OPCLASS_HEAP,	    /* all other memory */
	OPCLASS_ARITHMETIC, /* registers only; nop; RSP += n */
	OPCLASSES,
};

/* opclass_name() - a word, as on the command line: "registers", "switch"... */
const char *opclass_name(enum opclass c);

/* opclass_title() - as in reports: "register save/restore"... */
const char *opclass_title(enum opclass c);

/* opclass_find() - the class of that name or title; OPCLASSES: there is none. */
enum opclass opclass_find(const char *name);

/**
 * opclass_assign() - find the class of each operation of a sequence
 * @proof: of the whole sequence, from swc_verify(): what a prefix or a sequence
 *	with holes would look like doesn't matter
 * @classes: filled, one entry (enum opclass) for each operation
 * @err: set on failure: no memory
 *
 * Return: 0, or -1 with @err set.
 */
int opclass_assign(const struct swc_proof *proof, unsigned char *classes,
		   struct error *err);

#endif
