// SPDX-License-Identifier: GPL-2.0
#include "cli.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operator.h"
#include "progress.h"

int cli_fail(const struct error *err)
{
	progress_end();
	fprintf(stderr, "switchcost: %s\n", err->text);
	return err->code;
}

static int say_unprinted(const char *why)
{
	fprintf(stderr, "switchcost: cannot print the result: %s\n", why);
	return EXIT_IMPOSSIBLE;
}

/* The result of a run that a signal ended says so, whatever verb it is of. */
static int mark_partial(struct result *result, int code)
{
	progress_end();
	if (!operator_interrupted())
		return code;
	result_mark(result, "interrupted");
	fprintf(stderr, "switchcost: interrupted: this is of what had been "
			"measured until then\n");
	return code == EXIT_DONE ? EXIT_CHECK_FAILED : code;
}

int cli_print(struct result *result, int code)
{
	if (!result)
		return say_unprinted("out of memory");
	code = mark_partial(result, code);
	if (result_write(result, stdout))
		code = say_unprinted(strerror(errno));
	result_free(result);
	return code;
}

int cli_show(const struct record *record, const void *data, cli_text text,
	     bool json, int code)
{
	struct result *result = result_make(record, data);

	if (json || !result)
		return cli_print(result, code);
	code = mark_partial(result, code);
	text(data, result);
	result_free(result);
	return code;
}

const char *cli_beside(const char *name)
{
	static char path[PATH_MAX + 64];
	char self[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dirname(self), name);
	return path;
}

const char *cli_goprobe(void)
{
	const char *set = getenv("SWITCHCOST_GOPROBE");

	return set ? set : cli_beside("goprobe/goprobe");
}
