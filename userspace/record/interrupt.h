/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_INTERRUPT_H
#define SWC_RECORD_INTERRUPT_H

#include "error.h"

/*
 * A wait may be ended by the user (SIGINT, SIGTERM, SIGHUP, SIGQUIT) or by the
 * clock.
 *
 * A ticking timer interrupts blocking system calls with EINTR, so that a wait
 * can be plain waitpid() in the common case and still notice, within a tick,
 * a deadline, or a signal that came right before it blocked.
 */

#define INTERRUPT_TICK_MS 20

/* interrupt_begin() - take the signals over. Return: 0, or -1 with @err set. */
int interrupt_begin(struct error *err);

/* interrupt_end() - give them back. Harmless without a begin. */
void interrupt_end(void);

/* Something may take until then. */
struct deadline {
	double at;	/* of interrupt_now()'s clock */
	double seconds; /* that were allowed, for messages */
};

/* interrupt_deadline() - so many @seconds from now. */
struct deadline interrupt_deadline(double seconds);

/**
 * interrupt_check() - may a wait that was interrupted go on?
 * @name: the program that is waited for
 * @what: what it shall reach, for the message
 * @deadline: or NULL: only the user ends it
 *
 * Return: 0, or -1 with @err set: the user or the clock ends it.
 */
int interrupt_check(const char *name, const char *what,
		    const struct deadline *deadline, struct error *err);

/* interrupt_now() - seconds of the monotonic clock. */
double interrupt_now(void);

#endif
