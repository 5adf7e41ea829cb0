// SPDX-License-Identifier: GPL-2.0
#include "measure.h"

int measure_again(const struct measure_subject *subjects, size_t n,
		  const struct measure_options *options, struct measurement *m,
		  struct error *err)
{
	unsigned int tries;

	for (tries = 1;; tries++) {
		if (measure(subjects, n, options, m, err))
			return -1;
		if (m->valid || machine_is_emulated(&m->machine) ||
		    tries == MEASURE_TRIES)
			return tries;
		measurement_free(m);
	}
}
