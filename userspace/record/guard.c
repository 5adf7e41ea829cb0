// SPDX-License-Identifier: GPL-2.0
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NSIGNALS 4

static const int signals[NSIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static volatile pid_t guarded;

static void pass_on(int signal)
{
	kill(guarded, signal);
}

/* The process that traces. */
static void become(int (*function)(const void *argument, struct error *err),
		   const void *argument, pid_t parent, int answer,
		   const sigset_t *mask)
{
	struct error err = {0};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* "killall -9" of the command is meant for what the user started. */
	prctl(PR_SET_NAME, "swc-tracer");
	if (getppid() != parent)
		_exit(EXIT_IMPOSSIBLE); /* it was faster than that */
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (!function(argument, &err))
		_exit(EXIT_DONE);
	if (write(answer, &err, sizeof(err)) != sizeof(err))
		_exit(EXIT_CHECK_FAILED);
	_exit(err.code);
}

/* Reports what has become of the process, once that has closed its end of the pipe. */
static int read_answer(pid_t pid, int answer, struct error *err)
{
	struct error theirs = {0};
	int status;
	ssize_t n;

	do {
		n = read(answer, &theirs, sizeof(theirs));
	} while (n < 0 && errno == EINTR);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE)
		return 0;
	if (n == sizeof(theirs))
		return error_set(err, theirs.code, "%s", theirs.text);
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"record: the process that traces was killed; no trace was written");
}

int guard_run(int (*function)(const void *argument, struct error *err),
	      const void *argument, struct error *err)
{
	struct sigaction pass = {.sa_handler = pass_on}, saved[NSIGNALS];
	pid_t parent = getpid();
	sigset_t block, mask;
	int pipes[2], result, i;

	if (pipe2(pipes, O_CLOEXEC))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "record: cannot start: %s", strerror(errno));
	sigemptyset(&block);
	for (i = 0; i < NSIGNALS; i++)
		sigaddset(&block, signals[i]);
	sigprocmask(SIG_BLOCK, &block, &mask);
	guarded = fork();
	if (!guarded)
		become(function, argument, parent, pipes[1], &mask);
	close(pipes[1]);
	if (guarded < 0) {
		close(pipes[0]);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		return error_set(err, EXIT_IMPOSSIBLE,
				 "record: cannot start: %s", strerror(errno));
	}
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &pass, &saved[i]);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	result = read_answer(guarded, pipes[0], err);
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &saved[i], NULL);
	close(pipes[0]);
	return result;
}
