/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ABLATION_ABLATION_RUN_H
#define SWC_ABLATION_ABLATION_RUN_H

#include <stdbool.h>

#include "measure.h"

/**
 * struct ablation_run - one run of several sequences
 * @valid: its figures mean something
 * @why: if not: why not
 * @tries: runs that it took: one, and those that were refused
 */
struct ablation_run {
	bool valid;
	char why[256];
	unsigned int tries;
};

/*
 * ablation_run() - measure_again(). Return: 0, with @run and @m filled, or -1 with
 * @err set.
 */
int ablation_run(const struct measure_subject *subjects, size_t n,
		 const struct measure_options *options,
		 struct ablation_run *run, struct measurement *m,
		 struct error *err);

#endif
