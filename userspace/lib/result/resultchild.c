// SPDX-License-Identifier: GPL-2.0
#include "resultchild.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elapsed.h"
#include "operator.h"
#include "resultjson.h"

/* Its standard output and error: files, so that nobody has to read along. */
struct outputs {
	FILE *out;
	FILE *err;
};

static FILE *in_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	return fd < 0 ? NULL : fdopen(fd, "r+");
}

static void run(char *const argv[], const char *environment,
		const struct outputs *o)
{
	dup2(fileno(o->out), STDOUT_FILENO);
	dup2(fileno(o->err), STDERR_FILENO);
	if (*environment)
		putenv((char *)environment);
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: cannot run: %s\n", argv[0],
		strerror(errno));
	_exit(127);
}

/* A signal that this process alone has had isn't worth waiting for the child's own end. */
static void pass_on(pid_t pid, bool *passed)
{
	if (*passed || !operator_interrupted() || !operator_is_alone())
		return;
	*passed = true;
	kill(pid, SIGINT);
}

/* Wait for the end, or make it. */
static int await(pid_t pid, double limit)
{
	int fd = syscall(SYS_pidfd_open, pid, 0), status = 0;
	struct pollfd end = {.fd = fd, .events = POLLIN};
	double until = elapsed() + limit, left = limit;
	bool passed = false;

	while (fd >= 0 && left > 0 && poll(&end, 1, (int)(1000 * left)) < 0 &&
	       errno == EINTR) {
		pass_on(pid, &passed);
		left = until - elapsed();
	}
	if (!(end.revents & POLLIN))
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (fd >= 0)
		close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int start(char *const argv[], const char *environment, double limit,
		 const struct outputs *o)
{
	pid_t pid = fork();

	if (!pid) {
		/* It has no purpose without whom it answers. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(argv, environment, o);
	}
	return pid < 0 ? -1 : await(pid, limit);
}

/* The first line that isn't empty, without the command's name. */
static void first_line(FILE *f, char why[256])
{
	static const char name[] = "switchcost: ";
	char line[256];

	rewind(f);
	while (!why[0] && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(why, 256, "%s",
			 strncmp(line, name, strlen(name))
				 ? line
				 : line + strlen(name));
	}
}

struct result *result_of_command(char *const argv[], const char *environment,
				 double limit, char why[256], int *code)
{
	struct outputs o = {in_memory("out"), in_memory("err")};
	json_t *json = NULL;

	why[0] = '\0';
	*code = -1;
	if (o.out && o.err) {
		*code = start(argv, environment, limit, &o);
		rewind(o.out);
		json = json_loadf(o.out, JSON_REJECT_DUPLICATES, NULL);
		if (!json)
			first_line(o.err, why);
	}
	if (!json && !why[0])
		snprintf(why, 256, "%s %s", argv[0],
			 *code < 0 ? "was ended" : "prints no JSON");
	if (o.out)
		fclose(o.out);
	if (o.err)
		fclose(o.err);
	return result_of_json(json);
}
