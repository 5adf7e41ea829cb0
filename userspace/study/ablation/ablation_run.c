// SPDX-License-Identifier: GPL-2.0
#include "ablation_run.h"

#include <string.h>

int ablation_run(const struct measure_subject *subjects, size_t n,
		 const struct measure_options *options,
		 struct ablation_run *run, struct measurement *m,
		 struct error *err)
{
	int tries = measure_again(subjects, n, options, m, err);

	if (tries < 0)
		return -1;
	run->tries = tries;
	run->valid = m->valid;
	memcpy(run->why, m->why, sizeof(run->why));
	return 0;
}
