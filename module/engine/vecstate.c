// SPDX-License-Identifier: GPL-2.0
#include "vecstate.h"

#define SSE_BYTES 16u

void swc_vectors_write(struct swc_vectors *v, __u8 reg, __u32 bytes, bool zero)
{
	if (!zero)
		v->zero[reg] = 0;
	else if (bytes > SSE_BYTES)
		v->zero[reg] = SWC_VECTOR_BYTES;
	else if (v->zero[reg] < SSE_BYTES)
		v->zero[reg] = SSE_BYTES;
}

void swc_vectors_upper(struct swc_vectors *v)
{
	__u32 reg;

	for (reg = 0; reg < ARRAY_SIZE(v->zero); reg++) {
		if (v->zero[reg] >= SSE_BYTES)
			v->zero[reg] = SWC_VECTOR_BYTES;
	}
}
