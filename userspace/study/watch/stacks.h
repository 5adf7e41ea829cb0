/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_WATCH_STACKS_H
#define SWC_WATCH_STACKS_H

#include "session.h"

/*
 * stacks_make() - the stacks that were sampled, by their functions, those with most
 * samples first. Return: 0, or -1 with @err set.
 */
int stacks_make(struct session *session, struct error *err);
void stacks_free(struct watch *watch);

#endif
