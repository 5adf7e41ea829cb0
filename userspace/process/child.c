// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool runs(const char *path)
{
	return !access(path, X_OK);
}

char *child_path(const char *name, struct error *err)
{
	const char *all = getenv("PATH") ?: "/usr/local/bin:/usr/bin:/bin";
	char *path = NULL, *list, *rest, *folder;

	if (strchr(name, '/')) {
		path = runs(name) ? strdup(name) : NULL;
	} else {
		list = rest = strdup(all);
		while (list && !path && (folder = strsep(&rest, ":"))) {
			if (asprintf(&path, "%s/%s", *folder ? folder : ".",
				     name) < 0)
				path = NULL;
			if (path && !runs(path)) {
				free(path);
				path = NULL;
			}
		}
		free(list);
	}
	if (!path)
		error_set(err, EXIT_USAGE,
			  "%s: cannot run: check the path, or build it", name);
	return path;
}

/* In the new process: wait, then become the program. */
static void become(char *const *argv, int go, int failed)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(127); /* whom to run for has ended */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(argv[0], argv);
	if (write(failed, &errno, sizeof(errno)) < 0)
		_exit(126);
	_exit(127);
}

int child_prepare(struct child *child, char *const *argv, struct error *err)
{
	int go[2], failed[2];

	*child = (struct child){.go = -1, .failed = -1};
	if (pipe2(go, O_CLOEXEC))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start: %s",
				 argv[0], strerror(errno));
	if (pipe2(failed, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start: %s",
				 argv[0], strerror(errno));
	}
	child->pid = fork();
	if (!child->pid) {
		close(go[1]);
		become(argv, go[0], failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	child->go = go[1];
	child->failed = failed[0];
	if (child->pid > 0)
		return 0;
	child_abandon(child);
	return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start: %s", argv[0],
			 strerror(errno));
}

int child_start(struct child *child, const char *name, struct error *err)
{
	int cause;
	ssize_t n;

	n = write(child->go, "", 1);
	close(child->go);
	child->go = -1;
	/* Ends with the exec, which closes the other end. */
	while ((n = read(child->failed, &cause, sizeof(cause))) < 0 &&
	       errno == EINTR)
		;
	close(child->failed);
	child->failed = -1;
	if (n != sizeof(cause))
		return 0;
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
	return error_set(err, EXIT_USAGE,
			 "%s: cannot run: %s; check the path, or build it",
			 name, strerror(cause));
}

void child_abandon(struct child *child)
{
	if (child->failed >= 0)
		close(child->failed);
	if (child->go < 0)
		return;
	close(child->go); /* which it waits for */
	if (child->pid > 0)
		waitpid(child->pid, NULL, 0);
	*child = (struct child){.go = -1, .failed = -1};
}
