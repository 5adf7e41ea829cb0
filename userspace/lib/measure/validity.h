/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_VALIDITY_H
#define SWC_LIB_VALIDITY_H

#include "measurement.h"

/*
 * validity_judge() - do ticks and cycles mean something? Fills m->valid and
 * m->why. Not so on an emulated CPU, where counters were read, and where a
 * self-test or a witness failed.
 */
void validity_judge(struct measurement *m);

#endif
