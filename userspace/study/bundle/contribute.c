// SPDX-License-Identifier: GPL-2.0
#include "contribute.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "held.h"
#include "operator.h"
#include "rejudge.h"
#include "result.h"
#include "resultchild.h"
#include "resultjson.h"
#include "tempfolder.h"

/* The interval holds for processes of the machine, so that there have to be some. */
#define PROCESSES "6"

/* No other verb takes as long, seconds. */
#define LIMIT 300.0

/* Claims may end so much later than they begin their last study. */
#define GRACE 120.0

#define WORDS 20

/**
 * struct work - a contribution under way
 * @folder: for the recording and the sequence
 * @trace: its path
 * @sequence: likewise
 * @evidence: a folder in it
 */
struct work {
	const struct contribute_options *options;
	struct bundle *bundle;
	char folder[TEMPFOLDER_BYTES];
	char trace[PATH_MAX];
	char sequence[PATH_MAX];
	char evidence[PATH_MAX];
};

/* Run a verb; its words end with NULL. */
static int run(struct work *w, enum bundle_part part, const char *const *words,
	       double limit, struct error *err)
{
	const char *argv[WORDS] = {w->options->switchcost};
	struct result *result;
	char why[256];
	size_t n = 1;
	int code;

	operator_tell((double)part / BUNDLE_PARTS);
	while (*words && n < WORDS - 3)
		argv[n++] = *words++;
	if (w->options->cpu && part != BUNDLE_CLAIMS &&
	    part != BUNDLE_SEQUENCE) {
		argv[n++] = "--cpu";
		argv[n++] = w->options->cpu;
	}
	result = result_of_command((char *const *)argv, "", limit, why, &code);
	if (operator_interrupted())
		error_set(err, EXIT_CHECK_FAILED,
			  "interrupted: a bundle has all parts or isn't "
			  "written");
	else if (!result)
		error_set(err, EXIT_IMPOSSIBLE, "%s: %s",
			  bundle_part_name(part), why);
	else if (code == EXIT_CHECK_FAILED)
		error_set(err, EXIT_CHECK_FAILED,
			  "%s: %s: merge would refuse it: try again with "
			  "nothing beside",
			  bundle_part_name(part),
			  result_word(result, "why") ?: "a check failed");
	if (!err->code && part != BUNDLE_SEQUENCE)
		w->bundle->parts[part] = held_of(part, result_json(result));
	result_free(result);
	return err->code ? -1 : 0;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static int take_sequence(struct work *w, struct error *err)
{
	FILE *f = fopen(w->sequence, "r");
	char *text = NULL;
	size_t bytes = 0;

	if (f && getdelim(&text, &bytes, '\0', f) > 0)
		w->bundle->parts[BUNDLE_SEQUENCE] = json_string(text);
	if (f)
		fclose(f);
	free(text);
	if (w->bundle->parts[BUNDLE_SEQUENCE])
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE, "%s: cannot read", w->sequence);
}

static int measure_parts(struct work *w, struct error *err)
{
	char budget[32];

	snprintf(budget, sizeof(budget), "%.0f", w->options->budget);
	if (run(w, BUNDLE_DOCTOR, LIST("doctor", "--json", "--sums"), LIMIT,
		err) ||
	    run(w, BUNDLE_RECORD,
		LIST("record", "--json", "--scenario", "nop", "-o", w->trace),
		LIMIT, err) ||
	    run(w, BUNDLE_SEQUENCE,
		LIST("lower", "--json", w->trace, "-o", w->sequence), LIMIT,
		err) ||
	    take_sequence(w, err) ||
	    run(w, BUNDLE_REPLAY,
		LIST("replay", "--json", "--sums", "--processes", PROCESSES,
		     w->sequence),
		LIMIT, err) ||
	    run(w, BUNDLE_CLAIMS,
		LIST("claims", "--json", "--budget", budget, "--evidence",
		     w->evidence, w->options->catalogue),
		w->options->budget + GRACE, err))
		return -1;
	operator_tell(1);
	return rejudge_to_fit(
		w->bundle,
		&(struct crosscheck_options){w->options->switchcost,
					     w->options->catalogue},
		err);
}

int contribute(struct bundle *bundle, const struct contribute_options *options,
	       struct error *err)
{
	struct work w = {.options = options, .bundle = bundle};
	int rc;

	*bundle = (struct bundle){.parts = {NULL}};
	if (tempfolder_make(w.folder, err))
		return -1;
	snprintf(w.trace, sizeof(w.trace), "%s/nop.trace", w.folder);
	snprintf(w.sequence, sizeof(w.sequence), "%s/nop.seq", w.folder);
	snprintf(w.evidence, sizeof(w.evidence), "%s/evidence", w.folder);
	operator_listen();
	rc = measure_parts(&w, err);
	operator_leave();
	/* All that claims have written there is in their result, too. */
	tempfolder_remove(w.folder);
	return rc;
}
