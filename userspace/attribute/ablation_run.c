// SPDX-License-Identifier: GPL-2.0
#include "ablation_run.h"

#include <string.h>

int ablation_run(const struct measure_subject *subjects, size_t n,
		 const struct measure_options *options,
		 struct ablation_run *run, struct measurement *m,
		 struct error *err)
{
	for (run->tries = 1;; run->tries++) {
		if (measure(subjects, n, options, m, err))
			return -1;
		if (m->valid || machine_is_emulated(&m->machine) ||
		    run->tries == ABLATION_TRIES)
			break;
		measurement_free(m);
	}
	run->valid = m->valid;
	memcpy(run->why, m->why, sizeof(run->why));
	return 0;
}
