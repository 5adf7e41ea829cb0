/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_FNV_H
#define SWC_LIB_FNV_H

#include <stddef.h>
#include <stdint.h>

/*
 * FNV-1a of 64 bits (draft-eastlake-fnv): differs between files or streams that
 * differ, unless somebody has made them collide on purpose.
 */
#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static inline uint64_t fnv1a(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n--)
		hash = (hash ^ *p++) * FNV_PRIME;
	return hash;
}

#endif
