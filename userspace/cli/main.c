// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "engine/freestanding.h"

static const struct verb verbs[] = {
	{"doctor", "show what can be measured here, and how well", verb_doctor},
	{"record", "record a call of a running program into a trace",
	 verb_record},
	{"show", "print a trace or a sequence", verb_show},
	{"lower", "turn a trace into a sequence", verb_lower},
	{"check", "verify a sequence without running it", verb_check},
	{"replay", "replay a sequence and measure it", verb_replay},
	{"profile", "show where a sequence's cycles go", verb_profile},
	{"fidelity", "compare a replay with the live call", verb_fidelity},
	{"evict", "show which lines and pages a sequence evicts", verb_evict},
	{"claims", "judge what is said about cgo", verb_claims},
	{"table", "put results side by side", verb_table},
	{"sample", "sample where a running program's time goes", verb_sample},
	{"explain", "explain what a running program's call to C costs",
	 verb_explain},
	{"watch", "watch a running program's calls to C", verb_watch},
};

static void usage(FILE *f)
{
	size_t i;

	fprintf(f, "usage: switchcost VERB [OPTION...] ...\n\n");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(f, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(f,
		"\n\"switchcost VERB --help\" says more. Exit codes: 0 done, "
		"1 measured but a check failed,\n2 usage or bad input, 3 not "
		"possible here.\n");
}

int main(int argc, char **argv)
{
	size_t i;
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
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		code = verbs[i].run(argc - 1, argv + 1);
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
