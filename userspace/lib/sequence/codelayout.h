/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CODELAYOUT_H
#define SWC_LIB_CODELAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "sequence.h"

/*
 * The instruction-side footprint of a sequence: the lines and pages that its
 * operations name, of the recording, and those of the code that is emitted for
 * it.
 */
struct code_layout {
	bool recorded;		 /* it lies as recorded, not packed */
	uint32_t recorded_lines; /* distinct; 0: the operations name none */
	uint32_t recorded_pages;
	uint32_t emitted_lines; /* that hold operations, without the frame's */
	uint32_t emitted_pages;
	uint32_t twice; /* operations whose recorded place had been executed before */
	uint32_t shared; /* of these, that execute the same code, too */
	/*
	 * By what share the emitted lines exceed the recorded ones; 0 if they don't, or
	 * if the operations tell nothing.
	 */
	double excess;
	bool long_call; /* excess is above CODE_LAYOUT_EXCESS, in a call of many lines */
};

/*
 * Above that, what a call costs may be more than live: its code takes more of what holds
 * decoded operations and branches. string of goprobe, 1213 instructions with a third
 * of its code executed twice or thrice, took 22 % more than live on Zen 2.
 */
#define CODE_LAYOUT_EXCESS 0.25
#define CODE_LAYOUT_LINES  64u

/**
 * code_layout_of() - find it, by emitting the sequence to nowhere
 * @layout: filled
 * @sequence: one that the verifier accepts
 * @caps: of the CPU and ring that it is for
 *
 * Each load draws anew where code begins in its page. So the lines of packed code,
 * which begins anywhere, may differ by some from load to load; these are for the
 * beginning of a page.
 *
 * Return: 0, or -1 with @err set.
 */
int code_layout_of(struct code_layout *layout, const struct sequence *sequence,
		   const struct swc_caps *caps, struct error *err);

/*
 * code_layout_pack() - likewise, but have the sequence packed from now on: its
 * operations forget where they were recorded.
 */
int code_layout_pack(struct code_layout *layout, struct sequence *sequence,
		     const struct swc_caps *caps, struct error *err);

#endif
