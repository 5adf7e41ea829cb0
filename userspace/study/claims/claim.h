/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_CLAIM_H
#define SWC_CLAIMS_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A claim is a sentence that somebody published, as data: the quantity that it is about,
 * and the interval in which it says that this lies. The interval comes from the claim's
 * own words and is fixed before anything is measured.
 */

#define CLAIM_ID       64
#define CLAIM_TEXT     512
#define CLAIM_EXPLAIN  1024
#define CLAIM_PATH     160
#define CLAIM_SEQUENCE 2048
#define CLAIM_CASES    64
#define CLAIM_VERSIONS 8

/* The class says how it is decided. */
enum claim_class {
	CLAIM_EXACT,	   /* a count, or whether something is there */
	CLAIM_MEASURED,	   /* an interval */
	CLAIM_COMPARATIVE, /* likewise, of two that are measured side by side */
	CLAIM_EXISTENTIAL, /* "can take": one case in which it holds supports it */
	CLAIM_UNIVERSAL, /* "always": one case in which it doesn't refutes it */
	CLAIM_CLASSES,
};

/* claim_class_name() - "exact", as in the file. */
const char *claim_class_name(unsigned int class);

/* How wide an interval the claim's words are. */
#define CLAIM_ABOUT 0.15 /* "about 30": 15 % of it to each side */
#define CLAIM_BARE  0.05 /* "30" */

enum claim_words {
	CLAIM_RANGE,
	CLAIM_IS_ABOUT,
	CLAIM_VALUE,
	CLAIM_AT_LEAST,
	CLAIM_AT_MOST,
	CLAIM_COUNT, /* exactly so many */
	CLAIM_EXISTS,
	CLAIM_ABSENT,
};

/**
 * struct saying - what a claim predicts of its quantity
 * @words: how it says so
 * @value: the number in it; of a range the lower
 * @value_hi: of a range
 * @lo: the interval that follows: -INFINITY where there is no limit
 * @hi: likewise; both ends belong to it
 * @unit: of all of them, or ""
 */
struct saying {
	enum claim_words words;
	double value;
	double value_hi;
	double lo;
	double hi;
	char unit[24];
};

/* saying_fix() - @lo and @hi, by the words. */
void saying_fix(struct saying *p);

/* saying_text() - "about 30 ns (25.5 to 34.5)". Return: @text. */
const char *saying_text(const struct saying *p, char *text, size_t bytes);

/**
 * struct operand - one figure of one study
 * @study: which, by studies.h
 * @scenario: of goprobe
 * @state: of caches and TLBs, as replay --state has it; "": warm
 * @go: the version that built goprobe: "1.26"; "": the one that is there
 * @environment: NAME=VALUE of the process; ""
 * @sequence: text of a sequence, where the study is of one
 * @other: the scenario that takes turns with it, where the study is of two; ""
 * @other_go: the version that built that one's goprobe
 * @value: the path to the figure in the study's result: "classes/switch/cycles"
 */
struct operand {
	unsigned int study;
	char scenario[CLAIM_ID];
	char state[CLAIM_ID];
	char go[16];
	char environment[CLAIM_ID];
	char sequence[CLAIM_SEQUENCE];
	char other[CLAIM_ID];
	char other_go[16];
	char value[CLAIM_PATH];
};

enum claim_as { CLAIM_PLAIN, CLAIM_REDUCTION };

/*
 * A quantity is (of - minus) / over, and 1 less that as a reduction. An operand that isn't there
 * isn't taken off, and divides nothing.
 */
struct quantity {
	struct operand of;
	struct operand minus;
	struct operand over;
	bool has_minus;
	bool has_over;
	enum claim_as as;
};

/*
 * In which circumstances: of the one quantity, or of several. @go: the version of Go that
 * it is of where a claim is judged for several; "".
 */
struct claim_case {
	char go[16];
	char name[CLAIM_PATH];
	struct quantity quantity;
};

/**
 * struct claim - one
 * @id: by which it is known; no other claim of its catalogue has it
 * @line: of the file
 * @sentence: as it was said
 * @source: by whom, in words
 * @cannot: what no study can give that there is, so that it has no cases' figures; ""
 * @malformed: what is wrong with the sentence itself; "": nothing
 * @note: what the figure is of, where that isn't plain; ""
 * @explain: a paragraph for whoever wants to know why; figures in braces; ""
 * @class: what decides it
 * @prediction: of each case's quantity
 * @cases: at least one; of several versions, as many of each, one version after the other
 * @ncases: how many
 * @nversions: of Go for which it is judged; 0: the one that is there
 */
struct claim {
	char id[CLAIM_ID];
	size_t line;
	char sentence[CLAIM_TEXT];
	char source[CLAIM_TEXT];
	char cannot[CLAIM_TEXT];
	char malformed[CLAIM_TEXT];
	char note[CLAIM_TEXT];
	char explain[CLAIM_EXPLAIN];
	enum claim_class class;
	struct saying prediction;
	struct claim_case *cases;
	size_t ncases;
	size_t nversions;
};

#endif
