/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_FREESTANDING_H
#define SWC_ENGINE_FREESTANDING_H

/* The engine needs this from its surroundings: from the kernel, or from libc. */

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#define swc_popcount(word) hweight32(word)
#else
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define swc_popcount(word) ((unsigned int)__builtin_popcount(word))
#endif

#include "../uapi/switchcost.h"

#endif
