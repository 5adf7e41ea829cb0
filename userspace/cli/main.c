// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "describe.h"
#include "progress.h"
#include "version.h"

/* The linker puts what VERB() makes of each verb side by side, and marks both ends. */
extern const struct verb *const __start_verbs[], *const __stop_verbs[];

#define for_each_verb(v) for (v = __start_verbs; v < __stop_verbs; v++)

static int version(FILE *f)
{
	fprintf(f, "switchcost %s (commit %s)\n", SWC_RELEASE, SWC_VERSION);
	return EXIT_DONE;
}

static void usage(FILE *f)
{
	const struct verb *const *v;

	fprintf(f, "usage: switchcost VERB [OPTION...] ...\n\n");
	for_each_verb(v)
		fprintf(f, "  %-10s %s\n", (*v)->name, (*v)->summary);
	fprintf(f,
		"\n\"switchcost VERB --help\" says more, \"switchcost --version\" "
		"which this is. Exit codes:\n0 done, 1 measured but a check "
		"failed, 2 usage or bad input, 3 not possible here.\n");
}

int main(int argc, char **argv)
{
	const struct verb *const *v;
	int code;

	gsl_set_error_handler_off();
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version"))
		return version(stdout);
	if (!strcmp(argv[1], "--describe") && argc > 2)
		return describe(argv[2], argv[3], __start_verbs, __stop_verbs);
	for_each_verb(v) {
		if (strcmp(argv[1], (*v)->name))
			continue;
		code = (*v)->run(argc - 1, argv + 1);
		progress_end();
		if (fflush(stdout) || ferror(stdout)) {
			fprintf(stderr, "switchcost: stdout: %s\n",
				strerror(errno));
			return EXIT_IMPOSSIBLE;
		}
		return code;
	}
	fprintf(stderr, "switchcost: no verb \"%s\"; see switchcost --help\n",
		argv[1]);
	return EXIT_USAGE;
}
