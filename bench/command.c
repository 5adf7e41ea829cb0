// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_SECONDS 120

double command_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

char *command_path(const char *name)
{
	char self[PATH_MAX], *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int i;

	if (n < 0)
		return NULL;
	self[n] = 0;
	/* build/bench/precision: two names up. */
	for (i = 0; i < 2 && strrchr(self, '/'); i++)
		*strrchr(self, '/') = 0;
	return asprintf(&path, "%s/%s", self, name) < 0 ? NULL : path;
}

int command_start(struct command *command, char *const *argv, struct error *err)
{
	int ends[2];

	*command = (struct command){.name = argv[0], .start = command_now()};
	if (pipe2(ends, O_CLOEXEC))
		return error_set(err, EXIT_IMPOSSIBLE, "no pipe for %s: %m",
				 argv[0]);
	command->pid = fork();
	if (!command->pid) {
		dup2(ends[1], STDOUT_FILENO);
		/* The alarm survives exec, and ends a program that hangs. */
		alarm(LIMIT_SECONDS);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	if (command->pid > 0)
		command->output = fdopen(ends[0], "r");
	if (command->output)
		return 0;
	close(ends[0]);
	return error_set(err, EXIT_IMPOSSIBLE, "cannot run %s: %m", argv[0]);
}

double command_end(struct command *command, int last_good, struct error *err)
{
	int status = 0;

	fclose(command->output);
	waitpid(command->pid, &status, 0);
	if (WIFSIGNALED(status))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: ended by signal %d",
				 command->name, WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: not built: run make bench",
				 command->name);
	if (WEXITSTATUS(status) > last_good)
		return error_set(err, EXIT_IMPOSSIBLE, "%s: exit code %d",
				 command->name, WEXITSTATUS(status));
	return command_now() - command->start;
}

json_t *command_json(char *const *argv, int last_good, double *seconds,
		     struct error *err)
{
	struct command command;
	json_error_t where;
	json_t *object;
	double took;

	if (command_start(&command, argv, err))
		return NULL;
	object = json_loadf(command.output, 0, &where);
	took = command_end(&command, last_good, err);
	if (took < 0) {
		json_decref(object);
		return NULL;
	}
	if (!object)
		error_set(err, EXIT_IMPOSSIBLE, "%s: no JSON: %s", argv[0],
			  where.text);
	if (seconds)
		*seconds += took;
	return object;
}
