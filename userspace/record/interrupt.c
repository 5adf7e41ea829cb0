// SPDX-License-Identifier: GPL-2.0
#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define NSIGNALS 7
#define TICK_NS	 (INTERRUPT_TICK_MS * 1000000l)

static volatile sig_atomic_t received;

static struct {
	struct sigaction saved[NSIGNALS];
	timer_t timer;
	bool active;
} state;

static int signal_number(int i)
{
	const int numbers[NSIGNALS] = {SIGINT,	SIGTERM, SIGHUP,  SIGQUIT,
				       SIGPIPE, SIGXFSZ, SIGRTMAX};

	return numbers[i];
}

static void handle(int signal)
{
	/*
	 * SIGPIPE of a closed standard error must not leave a process half
	 * traced, nor SIGXFSZ a file half written: the writer gets the error.
	 */
	if (signal != SIGRTMAX && signal != SIGPIPE && signal != SIGXFSZ)
		received = signal;
}

static int start_ticking(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGRTMAX,
	};
	const struct itimerspec tick = {
		.it_interval.tv_nsec = TICK_NS,
		.it_value.tv_nsec = TICK_NS,
	};

	if (timer_create(CLOCK_MONOTONIC, &event, &state.timer))
		return -1;
	if (timer_settime(state.timer, 0, &tick, NULL)) {
		timer_delete(state.timer);
		return -1;
	}
	return 0;
}

int interrupt_begin(struct error *err)
{
	/* No SA_RESTART: blocking calls shall return. */
	struct sigaction action = {.sa_handler = handle};
	int i;

	received = 0;
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signal_number(i), &action, &state.saved[i]);
	if (start_ticking()) {
		error_set(err, EXIT_IMPOSSIBLE, "record: no timer: %s",
			  strerror(errno));
		while (i--)
			sigaction(signal_number(i), &state.saved[i], NULL);
		return -1;
	}
	state.active = true;
	return 0;
}

void interrupt_end(void)
{
	int i;

	if (!state.active)
		return;
	timer_delete(state.timer);
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signal_number(i), &state.saved[i], NULL);
	state.active = false;
}

int interrupt_check(const char *name, const char *what,
		    const struct deadline *deadline, struct error *err)
{
	if (received)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"record: interrupted (%s); no trace was written",
			strsignal(received));
	if (deadline && interrupt_now() > deadline->at)
		return error_set(
			err, EXIT_USAGE,
			"%s: %s was not reached within %g s; allow more with --timeout, or check that it is ever reached",
			name, what, deadline->seconds);
	return 0;
}

struct deadline interrupt_deadline(double seconds)
{
	return (struct deadline){interrupt_now() + seconds, seconds};
}

double interrupt_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
