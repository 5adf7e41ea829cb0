/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_REJUDGE_H
#define SWC_BUNDLE_REJUDGE_H

#include <jansson.h>

#include "bundle.h"
#include "crosscheck.h"
#include "result.h"

/*
 * rejudge() - what claims --json prints of the draws of an earlier result, @claims: of the
 * first @draws of each case; 0: of all. Return: to be freed by result_free(); NULL, and @why.
 */
struct result *rejudge(const json_t *claims,
		       const struct crosscheck_options *options, size_t draws,
		       char why[256]);

/*
 * rejudge_to_fit() - make a bundle small enough to be sent
 * @bundle: whose claims are judged by the draws until an earlier look, as long as it has
 *	more than BUNDLE_MOST bytes. Those that took fewer draws keep all of them.
 * @options: how they are judged
 * @err: set on failure: they can't be
 *
 * Return: 0, also where no look makes it small enough; or -1 with @err set.
 */
int rejudge_to_fit(struct bundle *bundle,
		   const struct crosscheck_options *options, struct error *err);

#endif
