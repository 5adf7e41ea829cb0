/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_FUZZ_H
#define SWC_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "engine/emit.h"

/*
 * libFuzzer's targets share this: whatever a verifier has accepted has to be emitted,
 * and read back. Sanitizers see that nothing is touched beyond what was asked for.
 */

/* LLVMFuzzerTestOneInput() - libFuzzer calls it with each input. Return: 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/*
 * fuzz_emit() - verify @program for @caps; if that is accepted, emit it for @binding,
 * whose addresses are filled in, read it back, and build @state, which swc_state_check()
 * has accepted, for it. Ends the program if one contradicts the other. Return: the
 * operation that was refused; the number of operations: all or none was.
 */
__u32 fuzz_emit(const struct swc_program *program, const struct swc_caps *caps,
		struct swc_binding binding, const struct swc_state *state);

/* fuzz_caps() - all that a CPU may have. */
struct swc_caps fuzz_caps(void);

#endif
