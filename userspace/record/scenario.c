// SPDX-License-Identifier: GPL-2.0
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"

#define MAX_LIST_BYTES (1u << 20)

extern char **environ;

/* Start "goprobe list --json". Return: its output to read, or -1. */
static int spawn_list(const char *goprobe, pid_t *pid, struct error *err)
{
	char *argv[] = {(char *)goprobe, "list", "--json", NULL};
	posix_spawn_file_actions_t actions;
	int pipes[2], failed;

	if (pipe2(pipes, O_CLOEXEC))
		return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot run: %s",
				 goprobe, strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	failed = posix_spawnp(pid, goprobe, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	if (!failed)
		return pipes[0];
	close(pipes[0]);
	return error_set(err, EXIT_USAGE,
			 "%s: cannot run: %s; build it with make", goprobe,
			 strerror(failed));
}

/* Read until the other end closes. Return: bytes, or -1 with @err set. */
static ssize_t read_all(int fd, const char *name, char *buffer, size_t bytes,
			const struct deadline *deadline, struct error *err)
{
	size_t used = 0;
	ssize_t n;

	while (used < bytes) {
		n = read(fd, buffer + used, bytes - used);
		if (!n)
			break;
		if (n > 0)
			used += (size_t)n;
		else if (errno != EINTR)
			return error_set(err, EXIT_IMPOSSIBLE,
					 "%s: cannot read its list: %s", name,
					 strerror(errno));
		if (interrupt_check(name, "the end of its list", deadline, err))
			return -1;
	}
	return (ssize_t)used;
}

static json_t *load_list(const char *goprobe, const struct deadline *deadline,
			 struct error *err)
{
	char *text = malloc(MAX_LIST_BYTES);
	json_t *list = NULL;
	ssize_t n = -1;
	pid_t pid;
	int fd;

	if (!text) {
		error_set(err, EXIT_IMPOSSIBLE, "%s: out of memory", goprobe);
		return NULL;
	}
	fd = spawn_list(goprobe, &pid, err);
	if (fd >= 0) {
		n = read_all(fd, goprobe, text, MAX_LIST_BYTES, deadline, err);
		close(fd);
		if (n < 0)
			kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (n >= 0)
		list = json_loadb(text, (size_t)n, 0, NULL);
	free(text);
	if (!list)
		error_set(
			err, EXIT_USAGE,
			"%s: lists no scenarios; name a goprobe program, or build it with make",
			goprobe);
	return list;
}

static const char *name_of(const json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "name"));

	return name ? name : "";
}

static int take(struct scenario *scenario, const json_t *entry)
{
	const char *mark = json_string_value(json_object_get(entry, "mark"));
	const char *cold = json_string_value(json_object_get(entry, "cold"));
	const json_t *begin = json_object_get(entry, "begin"), *symbol;
	size_t i;

	if (mark)
		scenario->mark = strdup(mark);
	if (cold)
		scenario->cold = strdup(cold);
	json_array_foreach(begin, i, symbol) {
		if (i == SCENARIO_MAX_BEGIN || !json_is_string(symbol))
			return -1;
		scenario->begin[i] = strdup(json_string_value(symbol));
		if (!scenario->begin[i])
			return -1;
	}
	return scenario->begin[0] && scenario->mark ? 0 : -1;
}

static int unknown(const json_t *entries, const char *name, struct error *err)
{
	char known[384] = "";
	const json_t *entry;
	size_t i, used = 0;

	json_array_foreach(entries, i, entry) {
		size_t length = strlen(name_of(entry));

		if (used + length + 2 > sizeof(known))
			break;
		known[used++] = ' ';
		memcpy(known + used, name_of(entry), length + 1);
		used += length;
	}
	return error_set(err, EXIT_USAGE,
			 "unknown scenario '%.64s'; choose one of:%s", name,
			 known);
}

int scenario_find(struct scenario *scenario, const char *goprobe,
		  const char *name, const struct deadline *deadline,
		  struct error *err)
{
	const json_t *entries, *entry;
	int result = -1;
	json_t *list;
	size_t i;

	*scenario = (struct scenario){0};
	list = load_list(goprobe, deadline, err);
	if (!list)
		return -1;
	entries = json_object_get(list, "scenarios");
	json_array_foreach(entries, i, entry) {
		if (strcmp(name_of(entry), name))
			continue;
		result = take(scenario, entry);
		if (result)
			error_set(
				err, EXIT_USAGE,
				"%s: scenario %s lacks begin or mark; build it again",
				goprobe, name);
		goto out;
	}
	unknown(entries, name, err);
out:
	json_decref(list);
	return result;
}

void scenario_free(struct scenario *scenario)
{
	size_t i;

	for (i = 0; i < SCENARIO_MAX_BEGIN; i++)
		free(scenario->begin[i]);
	free(scenario->mark);
	free(scenario->cold);
	*scenario = (struct scenario){0};
}
