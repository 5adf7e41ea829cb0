/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_CAPSALL_H
#define SWC_TESTS_CAPSALL_H

#include "engine/caps.h"

/* Everything the engine can emit, whatever CPU the test runs on. */
static inline struct swc_caps caps_all(void)
{
	/* Offsets as Intel CPUs with AVX-512 report them. */
	return (struct swc_caps){
		.xstate_mask = 0xe7,
		.xstate_end = {512, 512, 832, 0, 0, 1152, 1664, 2688},
		.privileged = true,
		.avx = true,
		.avx512 = true,
		.andn = true,
		.trap = true,
		.rdtscp = true,
	};
}

#endif
