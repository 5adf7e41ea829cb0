/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_VECSTATE_H
#define SWC_ENGINE_VECSTATE_H

#include "freestanding.h"

#define SWC_VECTOR_BYTES 64u

/**
 * struct swc_vectors - what is known of the vector registers
 * @zero: of each: how many of its lowest bytes are proved to be 0: 0, 16, 32
 *	or 64
 *
 * A replay starts with whatever its host has left there. Knowing zeros matters,
 * since programs clear and copy memory through vector registers: if all of that
 * were unknown, no pointer loaded from it could be an address base.
 */
struct swc_vectors {
	__u8 zero[16];
};

/* swc_vectors_zero() - are the lowest @bytes of @reg proved to be 0? */
static inline bool swc_vectors_zero(const struct swc_vectors *v, __u8 reg,
				    __u32 bytes)
{
	return v->zero[reg] >= bytes;
}

/**
 * swc_vectors_write() - an instruction of @bytes has written @reg
 * @bytes: to 16: SSE, which keeps what lies above; 32: VEX, 64: EVEX, which
 *	clear it
 * @zero: the lowest @bytes are 0 now
 *
 * Source: Intel SDM vol. 1, 14.1.4 and 15.5.
 */
void swc_vectors_write(struct swc_vectors *v, __u8 reg, __u32 bytes, bool zero);

/* swc_vectors_upper() - VZEROUPPER. */
void swc_vectors_upper(struct swc_vectors *v);

#endif
