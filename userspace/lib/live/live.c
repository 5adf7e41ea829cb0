// SPDX-License-Identifier: GPL-2.0
#include "live.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Any answer may take so long: a warm-up of 0.4 s, on a busy machine. */
#define ANSWER_MS 20000

int live_command(struct live_command *c, const char *line, const char *option,
		 struct error *err)
{
	char *save, *word;
	size_t n = 0;

	snprintf(c->text, sizeof(c->text), "%s", line);
	for (word = strtok_r(c->text, " ", &save); word && n < LIVE_MOST_WORDS;
	     word = strtok_r(NULL, " ", &save))
		c->words[n++] = word;
	c->words[n] = NULL;
	if (n && !word && strlen(line) < sizeof(c->text))
		return 0;
	return error_set(err, EXIT_USAGE,
			 "%s \"%.40s\": a program and fewer than %u arguments "
			 "are needed: put more into a script",
			 option, line, LIVE_MOST_WORDS);
}

static int died(const struct live *live, struct error *err)
{
	int status = 0;
	pid_t got;

	got = waitpid(live->pid, &status, 0);
	if (got == live->pid && WIFSIGNALED(status))
		return error_set(err, EXIT_USAGE,
				 "%s: died of signal %d (%s) while it was "
				 "measured",
				 live->program, WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	return error_set(err, EXIT_USAGE,
			 "%s: ended with code %d while it was measured: build "
			 "it again with make, and record it again",
			 live->program,
			 got == live->pid ? WEXITSTATUS(status) : -1);
}

static int ask(struct live *live, const char *text, struct error *err)
{
	size_t n = strlen(text);

	/* A program that is gone must not take this one along by SIGPIPE. */
	if (send(live->socket, text, n, MSG_NOSIGNAL) == (ssize_t)n)
		return 0;
	return died(live, err);
}

/* Wait for more of the answer. Return: 0, or -1 with @err set. */
static int receive(struct live *live, struct error *err)
{
	struct pollfd ready = {.fd = live->socket, .events = POLLIN};
	ssize_t n;
	int rc;

	do {
		rc = poll(&ready, 1, ANSWER_MS);
	} while (rc < 0 && errno == EINTR);
	if (!rc)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: no answer within %d s: is the machine "
				 "busy, or the scenario slow?",
				 live->program, ANSWER_MS / 1000);
	n = recv(live->socket, live->line + live->used,
		 sizeof(live->line) - 1 - live->used, 0);
	if (n <= 0)
		return died(live, err);
	live->used += n;
	live->line[live->used] = '\0';
	return 0;
}

/* Take the next line of the answer out of the buffer into @text. */
static int answer(struct live *live, char *text, size_t bytes,
		  struct error *err)
{
	char *end;

	live->line[live->used] = '\0';
	while (!(end = strchr(live->line, '\n'))) {
		if (live->used == sizeof(live->line) - 1)
			return error_set(
				err, EXIT_USAGE,
				"%s: doesn't speak the protocol of docs/live.md: it answers with something else",
				live->program);
		if (receive(live, err))
			return -1;
	}
	*end++ = '\0';
	snprintf(text, bytes, "%s", live->line);
	live->used -= end - live->line;
	memmove(live->line, end, live->used);
	return 0;
}

/* An answer of @n numbers. */
static int numbers(struct live *live, uint64_t *list, uint32_t n,
		   struct error *err)
{
	char text[sizeof(live->line)], *at = text, *end;
	uint32_t i;

	if (answer(live, text, sizeof(text), err))
		return -1;
	for (i = 0; i < n; i++, at = end) {
		list[i] = strtoull(at, &end, 10);
		if (end == at)
			break;
	}
	if (i == n && !*at)
		return 0;
	return error_set(
		err, EXIT_USAGE,
		"%s: doesn't speak the protocol of docs/live.md: it answers \"%.40s\"",
		live->program, text);
}

/* Its threads other than the first may run on @cpus. */
static void spread_threads(const struct live *live, const cpu_set_t *cpus)
{
	const struct dirent *entry;
	char path[32];
	DIR *tasks;
	pid_t tid;

	snprintf(path, sizeof(path), "/proc/%d/task", live->pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		tid = atoi(entry->d_name);
		if (tid && tid != live->pid)
			sched_setaffinity(tid, sizeof(*cpus), cpus);
	}
	if (tasks)
		closedir(tasks);
}

static int start(struct live *live, char *const *command, int socket,
		 struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed;

	/* Ctrl-C is for this process, which then ends the other by its socket. */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
	failed = posix_spawnp(&live->pid, live->program, &actions, &attributes,
			      command, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (!failed)
		return 0;
	live->pid = 0;
	return error_set(err, EXIT_USAGE,
			 "%s: cannot run: %s; name the program that makes the "
			 "calls",
			 live->program, strerror(failed));
}

/* The last word that is no option says which of a program's calls. */
static const char *scenario_of(char *const *command)
{
	const char *last = command[0];

	for (; *command; command++)
		if (**command != '-')
			last = *command;
	return last;
}

/* Checks what it says about how its calls can be made. */
static int check_kind(const struct live *live, const char *text,
		      char *const *command, enum live_kind kind,
		      struct error *err)
{
	static const struct {
		const char *ready, *remedy;
	} kinds[] = {
		[LIVE_LOOP] = {"ready loop",
			       "back to back: choose other ones, or have a "
			       "replay prepared as they are (fidelity --state)"},
		[LIVE_ONE] = {"ready one",
			      "one at a time, after something that a state "
			      "stands for: leave the state out (--state)"},
	};

	if (!strcmp(text, kinds[kind].ready))
		return 0;
	if (strncmp(text, "ready ", 6))
		return error_set(
			err, EXIT_USAGE,
			"%s: doesn't speak the protocol of docs/live.md, or an older one: it says "
			"\"%.40s\"",
			live->program, text);
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%s: says \"%.40s\", so that its calls can't be made "
			 "%s",
			 scenario_of(command), text, kinds[kind].remedy);
}

int live_start(struct live *live, char *const *command, enum live_kind kind,
	       const cpu_set_t *elsewhere, struct error *err)
{
	const char *program = command[0];
	char text[sizeof(live->line)];
	int sockets[2], rc;

	*live = (struct live){.program = program, .socket = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot start: %s",
				 program, strerror(errno));
	live->socket = sockets[0];
	rc = start(live, command, sockets[1], err);
	close(sockets[1]);
	if (!rc)
		rc = answer(live, text, sizeof(text), err);
	if (!rc)
		rc = check_kind(live, text, command, kind, err);
	if (!rc)
		spread_threads(live, elsewhere);
	else
		live_end(live);
	return rc;
}

void live_end(struct live *live)
{
	if (live->socket >= 0)
		close(live->socket);
	live->socket = -1;
	/* If it died it was collected already: then there is no such child. */
	if (live->pid > 0 && !waitpid(live->pid, NULL, WNOHANG)) {
		kill(live->pid, SIGKILL);
		waitpid(live->pid, NULL, 0);
	}
	live->pid = 0;
}

int live_calls(struct live *live, uint32_t n, uint32_t warm, uint32_t blocks,
	       uint64_t *ticks, struct error *err)
{
	uint64_t all[LIVE_MAX_BLOCKS];
	char text[64];

	snprintf(text, sizeof(text), "%u %u\n", n, warm + blocks);
	if (ask(live, text, err) || numbers(live, all, warm + blocks, err))
		return -1;
	memcpy(ticks, all + warm, blocks * sizeof(*ticks));
	return 0;
}

int live_empty(struct live *live, uint32_t n, uint64_t *ticks,
	       struct error *err)
{
	char text[64];

	snprintf(text, sizeof(text), "empty %u\n", n);
	return ask(live, text, err) || numbers(live, ticks, 1, err) ? -1 : 0;
}

int live_ones(struct live *live, uint32_t n, uint64_t *ticks, uint64_t *known,
	      struct error *err)
{
	uint64_t both[2 * LIVE_MOST_ONES];
	char text[64];
	uint32_t i;

	snprintf(text, sizeof(text), "one %u\n", n);
	if (ask(live, text, err) || numbers(live, both, 2 * n, err))
		return -1;
	for (i = 0; i < n; i++) {
		ticks[i] = both[2 * i];
		known[i] = both[2 * i + 1];
	}
	return 0;
}
