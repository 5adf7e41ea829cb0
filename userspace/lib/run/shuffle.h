/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SHUFFLE_H
#define SWC_LIB_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * shuffle() - draw an order of @list, each as likely as any other (Fisher and Yates).
 * @random: state of the generator, any value but 0
 */
void shuffle(uint32_t *list, size_t n, uint64_t *random);

/* shuffle_new() - the same of the numbers from 0 to @n - 1, which fill @list. */
void shuffle_new(uint32_t *list, size_t n, uint64_t *random);

#endif
