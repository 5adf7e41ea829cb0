/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_JUDGING_H
#define SWC_CLAIMS_JUDGING_H

#include "claimfile.h"
#include "error.h"
#include "gather.h"
#include "machine.h"
#include "storedrun.h"
#include "verdict.h"

/* A catalogue is judged: studies are run, verdicts are made of them, and controlled. */

#define JUDGING_LEVELS	6
#define JUDGING_STUDIES 3

/**
 * struct judging_options - how
 * @gather: of studies
 * @only: ids of the claims that are asked about, NULL-terminated; NULL: all
 * @draws: of each case, at most: the first ones
 * @run: run studies; else judge what is there
 * @stored: an earlier result, whose draws are judged, and no files; NULL
 */
struct judging_options {
	struct gather_options gather;
	const char *const *only;
	size_t draws;
	bool run;
	const struct storedrun *stored;
};

/**
 * struct judged_claim - one claim of a catalogue, and what became of it
 * @claim: which
 * @judgement: of it
 * @predicted: what it predicts, in words
 * @context: in which circumstances the shown figure holds
 * @levels: what its interval contains
 * @nlevels: how many
 * @studies: whose files the shown figure is made of
 * @nstudies: how many
 * @looks: that were asked for
 * @draws: that the shown figure is made of
 * @draws_of: the same of each case
 * @findings: of each case
 * @quantities: what each case is about, in words: storedrun_quantity()
 */
struct judged_claim {
	const struct claim *claim;
	struct judgement judgement;
	char predicted[160];
	const char *context;
	const char *levels[JUDGING_LEVELS];
	size_t nlevels;
	const char *studies[JUDGING_STUDIES];
	size_t nstudies;
	unsigned int looks;
	size_t draws;
	char words[256]; /* that @levels and @studies point into */
	char names[JUDGING_STUDIES][STUDY_NAME];
	size_t draws_of[CLAIM_CASES];
	struct finding *findings; /* of each case */
	char **quantities;
};

/**
 * struct judging - a catalogue's verdicts
 * @claims: those that were asked about
 * @n: how many
 * @counts: of each verdict
 * @tested: claims whose draws were looked at
 * @withdrawn: verdicts that false discoveries have cost
 * @ran: studies that were run
 * @seconds: that it took
 * @machine: that the verdicts speak of
 * @go: the version that goprobe was made by; "": not known
 */
struct judging {
	struct judged_claim *claims;
	size_t n;
	size_t counts[VERDICTS];
	size_t tested;
	size_t withdrawn;
	long ran;
	double seconds;
	struct machine machine;
	char go[STOREDRUN_GO];
};

/**
 * judging_run() - judge a catalogue
 * @options: how
 * @file: the catalogue, which must outlive @judging
 * @judging: filled; judging_free() it after success
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int judging_run(const struct judging_options *options,
		const struct claimfile *file, struct judging *judging,
		struct error *err);
void judging_free(struct judging *judging);

#endif
