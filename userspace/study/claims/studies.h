/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_STUDIES_H
#define SWC_CLAIMS_STUDIES_H

#include <stdbool.h>

#include "claim.h"
#include "error.h"

/*
 * A claim's figure is one of a study. A study is a command of this project that prints one
 * JSON object, or one of the three that read a recording, a program's file or the system. Claims
 * that name the same study share it, however they spell their figures.
 */
enum study_kind {
	STUDY_TIME,	/* goprobe time: calls in a loop, and one by one */
	STUDY_FIDELITY, /* the live call against its replay */
	STUDY_REPLAY,	/* of a recorded call, warm or in a state */
	STUDY_SEQUENCE, /* the same of a sequence that the claim holds */
	STUDY_PROFILE,	/* where a recorded call's cycles go: prefixes */
	STUDY_ABLATION, /* what it takes without each class of operations */
	STUDY_RETURNS,	/* how returns are predicted */
	STUDY_EVICT,	/* what a recorded call evicts */
	STUDY_RECORD, /* what record says of a call: its counts, its functions */
	STUDY_STORES,  /* what a recorded call stores where: stores.h */
	STUDY_PROGRAM, /* what is in the program's file: programfacts.h */
	STUDY_SYSTEM,  /* what C library and kernel say: systemfacts.h */
	STUDY_NAMED,   /* claims name those before it */
	STUDY_VERSUS = STUDY_NAMED, /* two scenarios' calls, by turns */
	STUDY_KINDS,
};

/* study_kind_name() - as in a claim's file; NULL: there is no such kind. */
const char *study_kind_name(unsigned int kind);

/**
 * struct study_row - a kind of study
 * @name: its name
 * @scenario: it is of one of goprobe's scenarios
 * @traced: it needs that scenario's recording
 * @faithful: its figures are worth as much as the replay is like the live call
 * @once: it is a fact: asking again finds the same
 * @context: in which circumstances a figure holds, for the reader
 * @levels: what differs between its draws, and is in the interval therefore
 */
struct study_row {
	const char *name;
	bool scenario;
	bool traced;
	bool faithful;
	bool once;
	const char *context;
	const char *levels;
};

const struct study_row *study_row(unsigned int kind);

/*
 * studies_missing() - the key that this operand lacks for its kind of study, or that
 * there mustn't be; NULL: none.
 */
const char *studies_missing(const struct operand *o);

/**
 * studies_by_turns() - is a quantity one that two live programs know best by turns?
 * @q: as the claim has it
 * @turns: filled if it is: the same quantity, of a study of STUDY_VERSUS
 *
 * A ratio of the times that two scenarios' calls take in a loop is. If each were timed by
 * itself, a second might lie between them, and another neighbour on the core.
 */
bool studies_by_turns(const struct quantity *q, struct quantity *turns);

/* studies_recording() - the study that makes the recording which this one is of. */
struct operand studies_recording(const struct operand *o);

/* studies_level() - of evict: the victims' level, the first key of its figure. */
const char *studies_level(const struct operand *o, char level[CLAIM_PATH]);

/* Room for study_name(). */
#define STUDY_NAME 256

/*
 * study_name() - what the study is known by, and its files are named by: "time-nop",
 * "replay-nop-cold-l2-go1.25", "versus-nop-over-add". Operands of one study have one name.
 * Return: @name.
 */
const char *study_name(const struct operand *o, char name[STUDY_NAME]);

#endif
