/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_VERDICT_H
#define SWC_CLAIMS_VERDICT_H

#include "claim.h"
#include "series.h"

/* The outcome of a claim, on the machine at hand. */
enum verdict {
	VERDICT_SUPPORTED,    /* the interval lies inside the prediction */
	VERDICT_REFUTED,      /* outside of it */
	VERDICT_CONDITIONAL,  /* true in some of its cases, false in others */
	VERDICT_UNDETERMINED, /* they overlap */
	VERDICT_MALFORMED,    /* the sentence makes no sense as it stands */
	VERDICT_NOT_MEASURABLE,
	VERDICTS,
};

/* verdict_name() - "not measurable", as in the result. */
const char *verdict_name(unsigned int verdict);

/*
 * The chance that the verdict on one claim is wrong, however often one looks and in
 * however many cases: of a hundred claims whose truth lies on the border, one is decided.
 */
#define VERDICT_ALPHA 0.01

#define VERDICT_WHY 512

/**
 * struct finding - what is known of a claim's quantity in one case
 * @series: its draws
 * @by_turns: of two programs that took turns: studies_by_turns()
 * @why: why there are none; "": there are, or there will be
 */
struct finding {
	struct series series;
	bool by_turns;
	char why[256];
};

/**
 * struct judged_case - one case
 * @verdict: supported, refuted, undetermined or not measurable
 * @found: the quantity, with the interval that decides; NAN: not known
 * @p: the least chance of error with which it would be decided so; 1: it isn't
 */
struct judged_case {
	enum verdict verdict;
	struct estimate found;
	double p;
};

/**
 * struct judgement - of a claim
 * @verdict: what it says
 * @core: of a malformed one: as far as it has meaning; else the same
 * @by_version: likewise, of each version of Go; of all, if there are none
 * @shown: the case whose figure stands for all: the one that decided, or the first
 * @cases: as many as the claim has
 * @p: as a case's, of all cases together
 * @flip: how far the prediction's limit would have to move for the opposite verdict, in
 *	its unit; NAN: there is no opposite
 * @tested: there was a look at its draws: it is one of those among which false
 *	discoveries are counted
 * @withdrawn: it was decided, and isn't among so many claims
 * @why: in a sentence
 */
struct judgement {
	enum verdict verdict;
	enum verdict core;
	enum verdict by_version[CLAIM_VERSIONS];
	size_t shown;
	struct judged_case cases[CLAIM_CASES];
	double p;
	double flip;
	bool tested;
	bool withdrawn;
	char why[VERDICT_WHY];
};

/**
 * verdict_judge() - hold what was found against what a claim predicts
 * @claim: which
 * @findings: of its cases, in their order
 * @alpha: the chance of a wrong verdict
 * @j: filled
 */
void verdict_judge(const struct claim *claim, const struct finding *findings,
		   double alpha, struct judgement *j);

/*
 * verdict_decided() - need nobody look any further? A claim that makes no sense is as
 * decided as what is left of it.
 */
bool verdict_decided(const struct judgement *j);

/* Of the claims that a catalogue's verdicts decide, so many may be decided wrongly. */
#define VERDICT_FALSE_RATE 0.05

/**
 * verdict_control() - control false discoveries over a catalogue
 * @j: the judgements
 * @n: how many
 *
 * After Benjamini and Yekutieli (Annals of Statistics 29, 2001): verdicts share studies,
 * so their errors depend on each other in any way. A verdict that doesn't stand is withdrawn: it
 * becomes undetermined.
 *
 * Return: how many were withdrawn; -1: no memory.
 */
long verdict_control(struct judgement *j, size_t n);

#endif
