/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_EVIDENCE_H
#define SWC_CLAIMS_EVIDENCE_H

#include "claim.h"
#include "studies.h"
#include "verdict.h"

/*
 * The folder in which results of studies lie, one file a draw: time-nop.1.json,
 * time-nop.2.json, ... Verdicts are made of these files and of nothing else, so whoever
 * has the folder can judge again.
 */
struct evidence {
	const char *directory;
};

#define EVIDENCE_PATH 4096

/*
 * evidence_begin() - make the folder, or go on in one that is of the same machine and of
 * the same program, by its content. Return: 0, or -1 with @err set.
 */
int evidence_begin(const struct evidence *e, const char *program,
		   struct error *err);

/* evidence_path() - the file of a study's draw @draw, from 1. Return: @path. */
const char *evidence_path(const struct evidence *e, const struct operand *o,
			  size_t draw, char path[EVIDENCE_PATH]);

/* evidence_draws() - how many draws of a study there are, failed ones too. */
size_t evidence_draws(const struct evidence *e, const struct operand *o);

/*
 * evidence_gate() - the study whose answer decides whether this one's replays are the
 * call. Return: false: there is no need to ask.
 */
bool evidence_gate(const struct operand *o, struct operand *gate);

/*
 * evidence_passes() - 1: this study's replays are the call, or it has none; 0: they aren't,
 * or nobody knows, and @why; -1: a file can't be read, with @err set.
 */
int evidence_passes(const struct evidence *e, const struct operand *o,
		    char why[256], struct error *err);

/* evidence_refused() - was a study's first draw refused, or couldn't it be run? */
bool evidence_refused(const struct evidence *e, const struct operand *o);

/**
 * evidence_turns() - is a quantity drawn by two live programs that take turns?
 * @e: where the files are
 * @q: as the claim has it
 * @turns: filled if it is: the same as it is drawn
 *
 * It isn't, if it is none of those, or if its first draw was refused: a program that makes
 * its calls one at a time, or measures them itself, as callback-thread does, can't take
 * turns, and calls that change threads aren't the same on one CPU. Then each is timed by
 * itself.
 */
bool evidence_turns(const struct evidence *e, const struct quantity *q,
		    struct quantity *turns);

/**
 * evidence_find() - what the files say of a quantity
 * @e: where they are
 * @c: in which case
 * @p: how it is asked for: a figure, or whether there is anything at its path
 * @f: filled: a draw for each file that is valid, or why there is none
 * @err: set on failure: a file can't be read
 *
 * Draws by turns go before those of each by itself; the two never mix.
 *
 * A draw of a run that isn't valid counts for nothing; neither do any of a replay that
 * isn't faithful. Return: 0, or -1 with @err set.
 */
int evidence_find(const struct evidence *e, const struct claim_case *c,
		  const struct saying *p, struct finding *f, struct error *err);

#endif
