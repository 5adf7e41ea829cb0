// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"

/*
 * Makes a file of @text that has no name, and so can't outlive us. The path
 * that leads to it is valid while this process holds it open.
 */
static int make_file(const char *text, char *path, size_t bytes,
		     struct error *err)
{
	int fd = memfd_create("seq", 0);
	ssize_t length = strlen(text);

	if (fd < 0 || write(fd, text, length) != length) {
		if (fd >= 0)
			close(fd);
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for a sequence: %m");
	}
	snprintf(path, bytes, "/proc/%d/fd/%d", getpid(), fd);
	return fd;
}

static int read_estimate(const json_t *cycles, struct estimate *e,
			 struct error *err)
{
	json_error_t where;

	/* The format has no way to change the object. */
	if (json_unpack_ex((json_t *)cycles, &where, 0, "{s:F, s:F, s:F}",
			   "mean", &e->mean, "ci_lo", &e->lo, "ci_hi", &e->hi))
		return error_set(err, EXIT_IMPOSSIBLE, "switchcost replay: %s",
				 where.text);
	return 0;
}

static int check_valid(const json_t *o, struct error *err)
{
	if (json_is_true(json_object_get(o, "valid")))
		return 0;
	return error_set(err, EXIT_CHECK_FAILED, "switchcost replay: %s",
			 json_string_value(json_object_get(o, "why"))
				 ?: "doesn't say whether it is valid");
}

/*
 * Replay @n sequences in one run; with @difference, the first minus the second.
 * No pauses: the tools are compared by what they do with a given time.
 */
static json_t *replay(const char *const *texts, unsigned int n, bool difference,
		      uint32_t samples, double *seconds, struct error *err)
{
	char paths[REPLAY_BATCH][64], number[16];
	char *argv[REPLAY_BATCH + 16], **arg = argv;
	char *program = command_path("switchcost");
	int fds[REPLAY_BATCH];
	unsigned int i, opened;
	json_t *o = NULL;

	snprintf(number, sizeof(number), "%u", samples);
	*arg++ = program;
	*arg++ = "replay";
	*arg++ = "--json";
	*arg++ = "--spread=0";
	*arg++ = "--samples";
	*arg++ = number;
	for (opened = 0; opened < n; opened++) {
		fds[opened] = make_file(texts[opened], paths[opened],
					sizeof(paths[0]), err);
		if (fds[opened] < 0)
			break;
		if (difference && opened)
			*arg++ = "--minus";
		*arg++ = paths[opened];
	}
	*arg = NULL;
	if (opened == n && program)
		o = command_json(argv, EXIT_CHECK_FAILED, seconds, err);
	for (i = 0; i < opened; i++)
		close(fds[i]);
	free(program);
	if (o && check_valid(o, err)) {
		json_decref(o);
		o = NULL;
	}
	return o;
}

/* The cycles of sequence @i of @n. */
static const json_t *cycles_of(const json_t *o, unsigned int i, unsigned int n)
{
	if (n > 1)
		o = json_array_get(json_object_get(o, "sequences"), i);
	return json_object_get(o, "cycles");
}

int replay_batch(const char *const *texts, unsigned int n, uint32_t samples,
		 struct estimate *cycles, double *seconds, struct error *err)
{
	json_t *o = replay(texts, n, false, samples, seconds, err);
	unsigned int i;
	int rc = o ? 0 : -1;

	for (i = 0; i < n && !rc; i++)
		rc = read_estimate(cycles_of(o, i, n), &cycles[i], err);
	json_decref(o);
	return rc;
}

int replay_difference(const char *a, const char *b, uint32_t samples,
		      struct estimate *cycles, double *seconds,
		      struct error *err)
{
	const char *const texts[] = {a, b};
	json_t *o = replay(texts, 2, true, samples, seconds, err), *difference;
	int rc = -1;

	if (o) {
		difference = json_object_get(o, "difference");
		rc = read_estimate(json_object_get(difference, "cycles"),
				   cycles, err);
	}
	json_decref(o);
	return rc;
}

int replay_ops(const char *text, unsigned int *ops, struct error *err)
{
	char *program = command_path("switchcost"), path[64];
	int fd = make_file(text, path, sizeof(path), err);
	char *argv[] = {program, "check", "--json", path, NULL};
	json_t *o = NULL;

	if (fd >= 0 && program)
		o = command_json(argv, EXIT_DONE, NULL, err);
	if (o)
		*ops = json_integer_value(json_object_get(o, "ops"));
	json_decref(o);
	if (fd >= 0)
		close(fd);
	free(program);
	return o ? 0 : -1;
}
