/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SEGMENTBASE_H
#define SWC_LIB_SEGMENTBASE_H

#include "error.h"

/*
 * segmentbase_set() - let this thread's GS have the base that replays count from
 *
 * The kernel keeps it for the thread, through signals, too. Neither the C library nor the
 * compiler uses GS, so it stays. Return: 0 or -1.
 */
int segmentbase_set(struct error *err);

#endif
