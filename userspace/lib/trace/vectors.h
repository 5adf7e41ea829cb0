/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_VECTORS_H
#define SWC_LIB_VECTORS_H

#include <Zydis/Zydis.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The vector and mask registers of a stopped thread, as an XSAVE image in the
 * standard format, which is what ptrace hands out (NT_X86_XSTATE). Only CPUID
 * knows where each part lies in it (Intel SDM vol. 1, 13.4).
 */

/* Room for all components of today's CPUs but AMX tiles, which come last. */
#define VECTORS_MAX_BYTES 4096

struct vectors {
	size_t bytes;
	_Alignas(64) uint8_t image[VECTORS_MAX_BYTES];
};

/*
 * vectors_element() - element @index, of @size bytes (4 or 8), of an XMM, YMM
 * or ZMM register, zero-extended; 0 if the CPU has no such register.
 */
uint64_t vectors_element(const struct vectors *vectors, ZydisRegister reg,
			 unsigned int index, unsigned int size);

/* vectors_mask() - the value of a mask register, K0 to K7. */
uint64_t vectors_mask(const struct vectors *vectors, ZydisRegister reg);

#endif
