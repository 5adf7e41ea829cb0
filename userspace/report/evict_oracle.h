/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_EVICT_ORACLE_H
#define SWC_REPORT_EVICT_ORACLE_H

#include <stdio.h>

#include "result.h"
#include "sequence.h"
#include "by_oracle.h"

/* The method of the oracle's figures, for people and scripts alike. */
#define EVICT_ORACLE_METHOD                                                  \
	"oracle: pages by the TLB oracle, all levels together: victims are " \
	"primed, the sequence is replayed, and each is touched; what it "    \
	"reads, as its page table entry has changed in the meantime, shows " \
	"whether its translation was still cached"

/* The record of struct by_oracle's pages, as a level that is timed has them. */
extern const struct record report_verdict_pages;

/*
 * The record of struct by_oracle within struct evict_run: all else that the
 * oracle says.
 */
extern const struct record report_verdicts;

/* by_oracle_text() - for people, on stdout: pages, own accesses that missed, walks. */
void by_oracle_text(const struct result *result);

#endif
