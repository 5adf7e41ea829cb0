// SPDX-License-Identifier: GPL-2.0
#include "operator.h"

#include <signal.h>
#include <stddef.h>

static struct run_progress attending;
static volatile sig_atomic_t interrupted;
static unsigned int listeners;
static struct sigaction before;

void operator_attend(struct run_progress progress)
{
	attending = progress;
}

void operator_tell(double done)
{
	if (attending.tell)
		attending.tell(attending.context, done);
}

/* Async-signal-safe. Whoever sends it twice doesn't want to wait for the round. */
static void note(int number)
{
	interrupted = 1;
	sigaction(number, &before, NULL);
}

void operator_listen(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};

	if (listeners++)
		return;
	sigaction(SIGINT, NULL, &before);
	if (before.sa_handler != SIG_IGN && !interrupted)
		sigaction(SIGINT, &action, NULL);
}

void operator_leave(void)
{
	struct sigaction now;

	if (--listeners)
		return;
	sigaction(SIGINT, NULL, &now);
	if (now.sa_handler == note)
		sigaction(SIGINT, &before, NULL);
}

bool operator_interrupted(void)
{
	return interrupted;
}

void operator_forget(void)
{
	interrupted = 0;
}
