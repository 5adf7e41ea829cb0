/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_EVICT_ORACLE_H
#define SWC_CLI_EVICT_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "sequence.h"

/**
 * evict_by_oracle() - evict --backend kernel: pages, by the TLB oracle
 * @s: the sequence
 * @cpu: where
 * @trials: how many
 * @json: one object of the contract's keys on stdout; else text
 *
 * Each trial is exact and untimed, so what comes out holds on an emulated CPU, too,
 * of its TLB. Caches' lines aren't asked for: their keys are null. Return: the
 * exit code.
 */
int evict_by_oracle(const struct sequence *s, uint32_t cpu, uint32_t trials,
		    bool json);

#endif
