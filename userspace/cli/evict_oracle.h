/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EVICT_ORACLE_H
#define SWC_CLI_EVICT_ORACLE_H

#include <jansson.h>
#include <stdio.h>

#include "sequence.h"
#include "verdicts.h"

/* What stands behind the oracle's figures, for people and scripts alike. */
#define EVICT_ORACLE_METHOD                                                  \
	"oracle: pages by the TLB oracle, all levels together: victims are " \
	"primed, the sequence is replayed, and each is touched; what it "    \
	"reads, as its page table entry has changed in the meantime, tells " \
	"whether its translation was still cached"

/* report_verdicts() - set what the oracle tells in @o: "dtlb" and others. */
void report_verdicts(json_t *o, const struct sequence *s,
		     const struct verdicts *v);

/* For people: pages, own accesses that missed, page walks. */
void print_verdicts(FILE *f, const struct sequence *s,
		    const struct verdicts *v);

#endif
