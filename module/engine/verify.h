/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_VERIFY_H
#define SWC_ENGINE_VERIFY_H

#include "proof.h"

/**
 * swc_verify_bytes() - workspace that swc_verify() needs for a program
 * @program: only its sizes are looked at
 *
 * Return: bytes, or 0 if the sizes themselves are out of range, with @err set.
 */
__u64 swc_verify_bytes(const struct swc_program *program,
		       struct swc_error *err);

/**
 * swc_verify() - prove that every effect of a program is bounded
 * @program: any bit pattern; sizes as accepted by swc_verify_bytes()
 * @caps: of the CPU and ring that will run it
 * @workspace: swc_verify_bytes() bytes, aligned to 8; proof->ops points into it
 * @proof: filled when the program is accepted
 * @err: filled when it is refused
 *
 * An abstract interpretation of the straight line: RSP is known exactly, each
 * register is zero or unknown, each 8 bytes of memory are zero, unknown, saved
 * state or a return address. Accepted programs access only their regions,
 * return only to the operation that is next, keep RSP in a region with
 * headroom, end on the stack they began on, unless their end is open, and run
 * for at most SWC_MAX_CYCLES, by the model of bound.h.
 *
 * Any context that may take some milliseconds. Return: 0, or -1 with @err set.
 */
int swc_verify(const struct swc_program *program, const struct swc_caps *caps,
	       void *workspace, struct swc_proof *proof, struct swc_error *err);

/**
 * swc_verify_unproved() - verify, and find the dependencies to give up
 * @unproved: SWC_UNPROVED_BYTES(), two bits an operation: SWC_UNPROVED() is set where
 *	an address base or an AIM's source isn't proved to hold 0, or a division to be
 *	safe, SWC_UNPROVED_INDEX() where an address index isn't; NULL: refuse these,
 *	as swc_verify()
 *
 * After such an operation the walk goes on as if it had neither; after such a
 * DIV, as if it were a CHAIN on RAX. So if this returns 0, swc_verify() accepts
 * the sequence in which the marked operations are replaced like that. The proof
 * must not be emitted if any bit is set.
 */
int swc_verify_unproved(const struct swc_program *program,
			const struct swc_caps *caps, void *workspace,
			struct swc_proof *proof, __u8 *unproved,
			struct swc_error *err);

#endif
