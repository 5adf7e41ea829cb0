/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_FOOTPRINT_H
#define SWC_ENGINE_FOOTPRINT_H

#include "proof.h"

/* One bit a line and one word a page. */
/* swc_footprint_bytes() - memory that swc_footprint() fills. */
__u64 swc_footprint_bytes(const struct swc_program *program);

/**
 * swc_footprint() - which lines of its regions a program touches
 * @proof: from swc_verify()
 * @lines: filled: one word for each page, region after region; bit n is set if
 *	line n of the page is read, written, flushed or prefetched
 *
 * Any context.
 */
void swc_footprint(const struct swc_proof *proof, __u64 *lines);

#endif
