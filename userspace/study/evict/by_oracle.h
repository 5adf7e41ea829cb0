/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_BY_ORACLE_H
#define SWC_EVICT_BY_ORACLE_H

#include "oraclerun.h"

/**
 * struct by_oracle - pages of all levels of the TLB together, by the oracle
 * @asked: how it was asked in the end: a question too long for one window is asked
 *	about fewer victims, and of a replay that finds none of its own pages cached
 * @result: trial by trial exact
 * @p_value: of each victim: its trials with the sequence against those with nothing
 * @evicted: of each: called so
 * @n: how many are
 * @resident: victims there before the replay, on average
 * @lost: of those gone after it, on average
 * @null_lost: likewise by nothing
 */
struct by_oracle {
	struct oracle_options asked;
	struct oracle_result result;
	double *p_value;
	bool *evicted;
	long n;
	double resident;
	double lost;
	double null_lost;
};

/**
 * by_oracle_ask() - which pages does a sequence evict?
 * @v: filled; by_oracle_free() it after success
 * @s: the sequence
 * @cpu: where
 * @trials: how many
 * @err: set on failure: no module, a control failed, the sequence is refused, all
 *	trials were disturbed
 *
 * Each trial is exact and untimed, so the result holds on an emulated CPU, too, of
 * its TLB. Trials with nothing show whether an eviction is the sequence's, by the
 * procedure of timed trials. Return: 0, or -1 with @err set.
 */
int by_oracle_ask(struct by_oracle *v, const struct sequence *s, uint32_t cpu,
		  uint32_t trials, struct error *err);
void by_oracle_free(struct by_oracle *v);

/* by_oracle_share() - of a victim: trials that found it there, and then gone. */
struct proportion by_oracle_share(const struct by_oracle *v, uint32_t victim);

#endif
