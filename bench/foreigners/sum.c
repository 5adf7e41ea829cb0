// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>

int64_t foreign_sum(int64_t n)
{
	int64_t sum = 0;

	for (; n > 0; n--)
		sum += n;
	return sum;
}
