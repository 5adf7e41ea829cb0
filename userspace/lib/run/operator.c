// SPDX-License-Identifier: GPL-2.0
#include "operator.h"

#include <signal.h>
#include <stddef.h>

#include "engine/freestanding.h"

static struct run_progress attending;
static volatile sig_atomic_t interrupted, alone;
static unsigned int listeners;

static const int signals[] = {SIGINT, SIGTERM};
static struct sigaction before[ARRAY_SIZE(signals)];

void operator_attend(struct run_progress progress)
{
	attending = progress;
}

void operator_tell(double done)
{
	if (attending.tell)
		attending.tell(attending.context, done);
}

/* Async-signal-safe. Whoever types it twice doesn't want to wait for the round. */
static void note(int number, siginfo_t *info, void *context)
{
	(void)context;
	interrupted = 1;
	alone = info->si_code != SI_KERNEL;
	if (number == SIGINT)
		sigaction(number, &before[0], NULL);
}

void operator_listen(void)
{
	struct sigaction action = {.sa_sigaction = note,
				   .sa_flags = SA_RESTART | SA_SIGINFO};
	size_t i;

	if (listeners++)
		return;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN && !interrupted)
			sigaction(signals[i], &action, NULL);
	}
}

void operator_leave(void)
{
	struct sigaction now;
	size_t i;

	if (--listeners)
		return;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &now);
		if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == note)
			sigaction(signals[i], &before[i], NULL);
	}
}

bool operator_interrupted(void)
{
	return interrupted;
}

bool operator_is_alone(void)
{
	return alone;
}

void operator_forget(void)
{
	interrupted = 0;
	alone = 0;
}
