/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_MERGING_H
#define SWC_BUNDLE_MERGING_H

#include "crosscheck.h"

#define MERGE_MOST 64u

/**
 * struct merged - one bundle
 * @path: of its file
 * @accepted: it holds together
 * @why: not; "": it does
 * @machine: "intel-06-cf-kvm", as folders of results are called
 * @go: the version of Go that was measured
 * @found: what it says, computed again
 * @folder: where its claims were put; "": nowhere
 */
struct merged {
	const char *path;
	bool accepted;
	char why[512];
	char machine[64];
	char go[48];
	struct crosschecked found;
	char folder[256];
};

/**
 * struct merging - all of them
 * @check: how
 * @output: the folder of results; NULL: nothing is written
 * @list: in the order of their names
 * @n: how many
 * @refused: of them
 */
struct merging {
	struct crosscheck_options check;
	const char *output;
	struct merged list[MERGE_MOST];
	size_t n;
	size_t refused;
};

/*
 * merging_add() - check a bundle, and put its claims, as they were judged again, and the
 * bundle itself into a folder of its machine: that of an earlier one stays, and the new
 * one has a number. Return: 0, also if it is refused; or -1 with @err set: nothing can be
 * written.
 */
int merging_add(struct merging *m, const char *path, struct error *err);
void merging_free(struct merging *m);

#endif
