/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_FIDELITY_REPORT_H
#define SWC_REPORT_FIDELITY_REPORT_H

#include "fidelity.h"
#include "result.h"
#include "trace.h"

/**
 * struct fidelity_result - what a comparison has found
 * @f: that
 * @options: what was compared
 * @path: of what was replayed
 * @what: which call it is: the scenario, or the command that makes it
 * @live: that command, as it was given; NULL: goprobe
 * @trace: recorded of the live call; NULL: a sequence is held against it
 * @missing: of each kind as many as the variant with most lacks
 * @planted: cycles appended to each replay
 */
struct fidelity_result {
	const struct fidelity *f;
	const struct fidelity_options *options;
	const char *path;
	const char *what;
	const char *live;
	const struct trace *trace;
	struct notreplayed missing;
	uint32_t planted;
};

/* fidelity_describe() - put together what is shown of @f, with r->options. */
void fidelity_describe(struct fidelity_result *r, const struct fidelity *f);

extern const struct record fidelity_record;

/* fidelity_text() - the same for people, on stdout. */
void fidelity_text(const void *data, const struct result *result);

#endif
