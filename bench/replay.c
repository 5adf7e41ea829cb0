// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"

/*
 * Makes a file of @text that has no name, and so can't be left behind. The
 * path that leads to it is valid while this process holds it open.
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

static int read_cycles(const json_t *o, struct estimate *cycles,
		       struct error *err)
{
	const char *why = NULL;
	json_error_t where;
	int valid;

	/* The format has no way to change the object. */
	if (json_unpack_ex((json_t *)o, &where, 0, "{s:b, s:s}", "valid",
			   &valid, "why", &why))
		return error_set(err, EXIT_IMPOSSIBLE, "switchcost replay: %s",
				 where.text);
	if (!valid)
		return error_set(err, EXIT_CHECK_FAILED,
				 "switchcost replay: %s", why);
	if (json_unpack_ex((json_t *)o, &where, 0, "{s:{s:F, s:F, s:F}}",
			   "cycles", "mean", &cycles->mean, "ci_lo",
			   &cycles->lo, "ci_hi", &cycles->hi))
		return error_set(err, EXIT_IMPOSSIBLE, "switchcost replay: %s",
				 where.text);
	return 0;
}

static int replay_one(const char *text, uint32_t samples,
		      struct estimate *cycles, double *seconds,
		      struct error *err)
{
	char path[64], number[16], *program = command_path("switchcost");
	char *argv[] = {program,     "replay", "--backend", "user", "--json",
			"--samples", number,   path,	    NULL};
	int fd = make_file(text, path, sizeof(path), err), rc = -1;
	json_t *o = NULL;

	snprintf(number, sizeof(number), "%u", samples);
	if (fd >= 0 && program)
		o = command_json(argv, EXIT_CHECK_FAILED, seconds, err);
	if (o)
		rc = read_cycles(o, cycles, err);
	json_decref(o);
	if (fd >= 0)
		close(fd);
	free(program);
	return rc;
}

int replay_batch(const char *const *texts, unsigned int n, uint32_t samples,
		 struct estimate *cycles, double *seconds, struct error *err)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (replay_one(texts[i], samples, &cycles[i], seconds, err))
			return -1;
	}
	return 0;
}

int replay_difference(const char *a, const char *b, uint32_t samples,
		      struct estimate *cycles, double *seconds,
		      struct error *err)
{
	struct estimate x, y;
	double half;

	if (replay_one(a, samples, &x, seconds, err) ||
	    replay_one(b, samples, &y, seconds, err))
		return -1;
	half = hypot((x.hi - x.lo) / 2, (y.hi - y.lo) / 2);
	cycles->mean = x.mean - y.mean;
	cycles->lo = cycles->mean - half;
	cycles->hi = cycles->mean + half;
	return 0;
}
