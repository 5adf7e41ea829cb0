/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BENCH_NUMBER_H
#define SWC_BENCH_NUMBER_H

#include <argp.h>

/* number_of() - an option's value, from @least to @most; else argp's error, exit code 2. */
unsigned long number_of(const struct argp_state *state, const char *option,
			const char *arg, unsigned long least,
			unsigned long most);

#endif
