/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RULER_SITUATIONS_H
#define SWC_RULER_SITUATIONS_H

/*
 * The rows of the ruler, from the cheapest situation of a call to the dearest, and the
 * prices that people know. Each is one of goprobe's scenarios.
 */

/**
 * struct situation - a row, or a price to hold rows against
 * @name: by which it is asked for
 * @title: for people
 * @scenario: of goprobe's
 * @state: of the replay; NULL: warm
 * @not_replayed: why there is no replay; NULL: there is one
 */
struct situation {
	const char *name;
	const char *title;
	const char *scenario;
	const char *state;
	const char *not_replayed;
};

#define SITUATIONS 15u
#define REFERENCES 6u

extern const struct situation situations[SITUATIONS];

/* References are timed in a loop, and not replayed. */
extern const struct situation references[REFERENCES];

#endif
