// SPDX-License-Identifier: GPL-2.0
#include "view.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "outfile.h"

#define PROGRAM "switchcost-view"

static int expect(const char *file, struct error *err)
{
	const char *program = cli_beside(PROGRAM);

	if (!file)
		return 0;
	if (access(program, X_OK))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: cannot run, so nothing can be drawn: %s: "
				 "run make",
				 program, strerror(errno));
	return outfile_probe(file, err);
}

/* A file in memory that holds the result, to be read from its start; or NULL. */
static FILE *write_result(const struct result *result, struct error *err)
{
	int fd = memfd_create("result", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (f && result && !result_write(result, f) && !fflush(f) &&
	    !lseek(fd, 0, SEEK_SET))
		return f;
	error_set(err, EXIT_IMPOSSIBLE,
		  "%s: cannot pass the result on: %s: free some memory",
		  PROGRAM, strerror(errno ? errno : ENOMEM));
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return NULL;
}

/* Start the program with @fd as its standard input. */
static int start(const char *view, const char *file, int fd, pid_t *pid,
		 struct error *err)
{
	const char *program = cli_beside(PROGRAM);
	char *const argv[] = {(char *)PROGRAM, (char *)view, (char *)"-o",
			      (char *)file,    (char *)"-",  NULL};
	posix_spawn_file_actions_t actions;
	int rc;

	rc = posix_spawn_file_actions_init(&actions);
	if (!rc) {
		rc = posix_spawn_file_actions_adddup2(&actions, fd,
						      STDIN_FILENO);
		if (!rc)
			rc = posix_spawn(pid, program, &actions, NULL, argv,
					 environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (rc)
		error_set(err, EXIT_IMPOSSIBLE, "%s: cannot run: %s: run make",
			  program, strerror(rc));
	return rc ? -1 : 0;
}

static int make(const char *view, const struct result *result, const char *file)
{
	struct error err = {0};
	FILE *input = write_result(result, &err);
	int rc, status = 0;
	pid_t pid;

	if (!input)
		return cli_fail(&err);
	rc = start(view, file, fileno(input), &pid, &err);
	fclose(input);
	if (rc)
		return cli_fail(&err);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	error_set(&err, EXIT_IMPOSSIBLE,
		  "%s: ended by signal %d: %s isn't written: try again",
		  PROGRAM, WTERMSIG(status), file);
	return cli_fail(&err);
}

int views_expect(const struct view *views, size_t n, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (expect(views[i].file, err))
			return -1;
	}
	return 0;
}

int views_make(const struct view *views, size_t n, const struct record *record,
	       const void *data)
{
	struct result *result = NULL;
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; i < n && !code; i++) {
		if (!views[i].file)
			continue;
		if (!result)
			result = result_make(record, data);
		code = make(views[i].name, result, views[i].file);
	}
	result_free(result);
	return code;
}
