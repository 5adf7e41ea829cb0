/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_STOREDRUN_H
#define SWC_CLAIMS_STOREDRUN_H

#include "claim.h"
#include "error.h"
#include "machine.h"
#include "verdict.h"

/*
 * An earlier result holds the draws of each case, so that it can be judged again without
 * its studies' files: by a prediction that has changed since, or by other rules.
 */
struct storedrun {
	void *json;
};

/*
 * storedrun_open() - read a result of claims; anything but a file, as a folder of evidence,
 * leaves @run empty. Return: 0, or -1 with @err set.
 */
int storedrun_open(struct storedrun *run, const char *path, struct error *err);
void storedrun_close(struct storedrun *run);

/* Room for a version of Go: "go1.26.8". */
#define STOREDRUN_GO 48

/* storedrun_origin() - the machine that its draws are of, and the version of Go. */
void storedrun_origin(const struct storedrun *run, struct machine *machine,
		      char go[STOREDRUN_GO]);

/* Room for storedrun_quantity(). */
#define STOREDRUN_QUANTITY 1024

/*
 * storedrun_quantity() - what a case is about, in words, by which it is told whether a
 * result is of the same quantity: "time-nop:ns / time-add:ns". Return: @text.
 */
const char *storedrun_quantity(const struct claim_case *c,
			       char text[STOREDRUN_QUANTITY]);

/* storedrun_find() - what the result says of a claim's case @i; if nothing, why. */
void storedrun_find(const struct storedrun *run, const struct claim *claim,
		    size_t i, struct finding *f);

#endif
