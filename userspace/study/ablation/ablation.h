/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_H
#define SWC_ABLATION_ABLATION_H

#include <stdbool.h>

#include "engine/verify.h"
#include "error.h"
#include "sequence.h"

/*
 * A sequence without some classes of its operations: these cost, where they
 * stand, as much as it takes less.
 *
 * An operation of a class that is taken out is gone, nothing stands for it. All
 * others stay as they are, in order, at their places in memory, unless they
 * depended on one that is gone:
 *
 *   gone                  the others
 *   --------------------  ----------------------------------------------------
 *   PUSH, CALL            The next SP downwards adds 8 more, so that frames lie
 *                         where they lay; a PUSH or CALL before it lands 8
 *                         higher, in the slot that is free now.
 *   POP, RET              The next SP upwards adds 8 more. If none comes before
 *                         RSP is needed, one is put there (@adjusted).
 *   SP                    The same, if frames are accessed or RSP is needed at
 *                         its place; else all later operations lie higher.
 *   PUSH or SP, but not   The POP becomes a load, as RSP mustn't move
 *   the POP               (@reloaded).
 *   SWITCH                RSP stays on its stack: the other stack's frames, and
 *                         accesses to them, move below it. When RSP comes back,
 *                         an SP takes it there. It leaves the host's stack all
 *                         the same, if that is needed.
 *   the writer of a       The dependency is gone with it (@independent): an
 *   register that is      address loses its base, a source becomes an
 *   read                  immediate or the register itself; if neither is
 *                         possible, an IMM or a VALU that clears the register
 *                         comes before it (@cleared).
 *   a change of a         Readers wait for the register as it was before the
 *   register              change: the chain is shorter, but whole.
 *   the writer of the     Nothing, but a branch that isn't proved to find the
 *   flags                 flags of zero becomes a jump, if it is taken.
 *   the writer of memory  Nothing: the memory is read as it was before.
 *
 * An address base or a division that the verifier can't prove any longer is
 * given up as in lowering (@unproved).
 */

/**
 * struct ablated - what is left of a sequence
 * @sequence: that
 * @possible: there is one that the verifier accepts; if not, @why
 * @exact: RSP is where it was recorded at each operation that uses it, since
 *	return addresses would have been overwritten otherwise
 * @kept: operations of the original that are there, as they were or changed
 * @removed: those that are gone: as many as the original has, with @kept
 * @merged: of @kept: an SP or SWITCH that had nothing left to do
 * @adjusted: operations that move RSP, put in between
 * @reloaded: POPs that became loads
 * @independent: operands that wait for nothing any more
 * @cleared: operations put in between so that one needn't wait
 * @unproved: address bases and divisions given up
 */
struct ablated {
	struct sequence sequence;
	bool possible;
	bool exact;
	struct error why;
	unsigned int kept;
	unsigned int removed;
	unsigned int merged;
	unsigned int adjusted;
	unsigned int reloaded;
	unsigned int independent;
	unsigned int cleared;
	unsigned int unproved;
};

/**
 * ablation_make() - take operations out of a sequence
 * @s: the sequence
 * @proof: of it
 * @classes: the class of each operation, below 32
 * @removed: bit n is set: operations of class n are taken out
 * @caps: what the result is verified for
 * @out: filled; ablation_free() it after success
 * @err: set on failure: no memory
 *
 * MARKs stay. If nothing else is left, a MARK stands for it.
 * Return: 0, also if it isn't possible; or -1 with @err set.
 */
int ablation_make(const struct sequence *s, const struct swc_proof *proof,
		  const unsigned char *classes, uint32_t removed,
		  const struct swc_caps *caps, struct ablated *out,
		  struct error *err);
void ablation_free(struct ablated *a);

#endif
