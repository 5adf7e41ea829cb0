// SPDX-License-Identifier: GPL-2.0
#include "vectors.h"

#include <cpuid.h>
#include <string.h>

/* Intel SDM vol. 1, table 13-1, and 13.5: the state components. */
enum component {
	COMPONENT_YMM_HIGH = 2,	 /* bits 128 to 255 of YMM0 to YMM15 */
	COMPONENT_MASKS = 5,	 /* K0 to K7 */
	COMPONENT_ZMM_HIGH = 6,	 /* bits 256 to 511 of ZMM0 to ZMM15 */
	COMPONENT_ZMM_UPPER = 7, /* ZMM16 to ZMM31, whole */
};

#define XMM_OFFSET 160u /* in the legacy area */

/* Copy @n bytes at @at of a component; zeros where there is no such thing. */
static void read_component(const struct vectors *vectors,
			   enum component component, size_t at, void *bytes,
			   size_t n)
{
	unsigned int size = 0, offset = 0, flags, unused;

	memset(bytes, 0, n);
	if (!__get_cpuid_count(0xd, component, &size, &offset, &flags,
			       &unused) ||
	    at + n > size || offset + at + n > vectors->bytes)
		return;
	memcpy(bytes, vectors->image + offset + at, n);
}

static void read_whole(const struct vectors *vectors, unsigned int number,
		       uint8_t bytes[64])
{
	if (number >= 16) {
		read_component(vectors, COMPONENT_ZMM_UPPER, 64 * (number - 16),
			       bytes, 64);
		return;
	}
	memset(bytes, 0, 16);
	if (XMM_OFFSET + 16 * (number + 1) <= vectors->bytes)
		memcpy(bytes, vectors->image + XMM_OFFSET + 16 * number, 16);
	read_component(vectors, COMPONENT_YMM_HIGH, 16 * number, bytes + 16,
		       16);
	read_component(vectors, COMPONENT_ZMM_HIGH, 32 * number, bytes + 32,
		       32);
}

uint64_t vectors_element(const struct vectors *vectors, ZydisRegister reg,
			 unsigned int index, unsigned int size)
{
	ZyanI8 number = ZydisRegisterGetId(reg);
	uint64_t value = 0;
	uint8_t bytes[64];

	if (number < 0 || number > 31 || (size != 4 && size != 8) ||
	    (index + 1) * size > sizeof(bytes))
		return 0;
	read_whole(vectors, (unsigned int)number, bytes);
	memcpy(&value, bytes + index * size, size);
	return value;
}

uint64_t vectors_mask(const struct vectors *vectors, ZydisRegister reg)
{
	ZyanI8 number = ZydisRegisterGetId(reg);
	uint64_t value = 0;

	if (number >= 0 && number < 8)
		read_component(vectors, COMPONENT_MASKS, 8 * (size_t)number,
			       &value, sizeof(value));
	return value;
}
