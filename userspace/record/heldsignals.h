/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_HELDSIGNALS_H
#define SWC_RECORD_HELDSIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/*
 * Signals that came for the recorded thread while it was stepped. They are held
 * back until the call is over, as if the thread had blocked them: a standard
 * signal counts once, real-time ones queue, each with its siginfo (signal(7)).
 */
struct held_signals {
	siginfo_t *list; /* in the order they came */
	size_t n;
	size_t capacity;
};

int held_signals_add(struct held_signals *held, const siginfo_t *info,
		     struct error *err);

/* held_signals_take() - the oldest. Return: false if there is none. */
bool held_signals_take(struct held_signals *held, siginfo_t *info);
void held_signals_free(struct held_signals *held);

#endif
