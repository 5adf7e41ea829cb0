/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_VALIDITY_H
#define SWC_LIB_VALIDITY_H

#include "measurement.h"

/*
 * validity_judge() - do ticks and cycles mean something? Fills m->valid and
 * m->why. They don't on an emulated CPU, if counters were read, or if a
 * self-test or a witness failed.
 */
void validity_judge(struct measurement *m);

#endif
