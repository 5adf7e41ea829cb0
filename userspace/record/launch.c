// SPDX-License-Identifier: GPL-2.0
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"

/* Recorder and child talk through these before the exec. */
struct pipes {
	int go[2];     /* a byte: the child is traced and may go on */
	int failed[2]; /* an errno: the exec failed */
};

static int open_pipes(struct pipes *pipes)
{
	if (pipe2(pipes->go, O_CLOEXEC))
		return -1;
	if (pipe2(pipes->failed, O_CLOEXEC)) {
		close(pipes->go[0]);
		close(pipes->go[1]);
		return -1;
	}
	return 0;
}

/* The child: wait until it is traced, then become the program. */
static void become(char *const *argv, struct pipes *pipes)
{
	char byte;

	close(pipes->go[1]);
	if (read(pipes->go[0], &byte, 1) != 1)
		_exit(127); /* the recorder gave up */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(argv[0], argv);
	if (write(pipes->failed[1], &errno, sizeof(errno)) < 0)
		_exit(126);
	_exit(127);
}

static int seize(pid_t pid, const char *name, long options, struct error *err)
{
	if (!ptrace(PTRACE_SEIZE, pid, 0, options))
		return 0;
	if (errno == EPERM)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"%s: not permitted to trace it; set /proc/sys/kernel/yama/ptrace_scope to 0 or 1, or run with CAP_SYS_PTRACE",
			name);
	return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot trace it: %s", name,
			 strerror(errno));
}

/* Follow the child to its exec, or learn why that failed. */
static int wait_exec(pid_t pid, const char *name, int failed,
		     const struct deadline *deadline, struct error *err)
{
	int status, cause;

	for (;;) {
		if (waitpid(pid, &status, __WALL) < 0) {
			if (errno != EINTR ||
			    interrupt_check(name, "its start", deadline, err))
				break;
			continue;
		}
		if (WIFEXITED(status) || WIFSIGNALED(status))
			break;
		if (status >> 16 == PTRACE_EVENT_EXEC)
			return 0;
		ptrace(PTRACE_CONT, pid, 0,
		       status >> 16 ? 0 : WSTOPSIG(status));
	}
	if (read(failed, &cause, sizeof(cause)) == sizeof(cause))
		return error_set(
			err, EXIT_USAGE,
			"%s: cannot run: %s; check the path, or build it", name,
			strerror(cause));
	return error_set(err, EXIT_USAGE,
			 "%s: ended before its start; run it alone to see why",
			 name);
}

pid_t launch(char *const *argv, const char *name, long options,
	     const struct deadline *deadline, struct error *err)
{
	struct pipes pipes;
	bool started;
	pid_t pid;

	if (open_pipes(&pipes))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start: %s",
				 name, strerror(errno));
	pid = fork();
	if (!pid)
		become(argv, &pipes);
	close(pipes.go[0]);
	close(pipes.failed[1]);
	/* The exec's errno must not be waited for: the child may hang. */
	fcntl(pipes.failed[0], F_SETFL, O_NONBLOCK);
	if (pid < 0)
		error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start: %s", name,
			  strerror(errno));
	started = pid > 0 && !seize(pid, name, options, err) &&
		  write(pipes.go[1], "", 1) == 1 &&
		  !wait_exec(pid, name, pipes.failed[0], deadline, err);
	close(pipes.go[1]);
	close(pipes.failed[0]);
	if (started)
		return pid;
	if (pid > 0)
		launch_kill(pid);
	return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start", name);
}

void launch_kill(pid_t pid)
{
	int status;
	pid_t got;

	kill(pid, SIGKILL);
	/*
	 * A traced thread stays a zombie until its tracer collects it, and the
	 * process until all its threads are collected, unknown ones included.
	 */
	do {
		got = waitpid(-1, &status, __WALL);
	} while (got < 0 ? errno == EINTR : got != pid || WIFSTOPPED(status));
}
