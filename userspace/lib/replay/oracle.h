/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ORACLE_H
#define SWC_LIB_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/caps.h"
#include "error.h"

/*
 * The TLB oracle of the kernel module, which carries out scripts;
 * module/uapi/switchcost.h says what scripts consist of, docs/measuring.md what
 * the answers are worth. Nothing is timed.
 */

/**
 * struct oracle_script - a script, and after oracle_ask() its verdicts
 * @steps: of it
 * @n: how many
 * @npages: pages that it may name
 * @full: more steps were added than there may be
 */
struct oracle_script {
	struct swc_oracle_step *steps;
	uint32_t n;
	uint32_t npages;
	bool full;
};

/**
 * struct oracle - an open one
 * @device: of the module
 * @cpu: where
 * @isolation: how
 * @caps: of what sequences may do there
 * @script: the next to be asked
 * @walks: as in struct swc_oracle, if the last script asked for them
 * @nwalks: how many
 * @max_walks: room for them
 */
struct oracle {
	int device;
	uint32_t cpu;
	enum swc_isolation isolation;
	struct swc_caps caps;
	struct oracle_script script;
	uint8_t *walks;
	uint32_t nwalks;
	uint32_t max_walks;
};

/**
 * oracle_open() - make ready, and try whether it can be believed
 * @cpu: where
 * @isolation: SWC_ISOLATION_IRQ_OFF or SWC_ISOLATION_QUIESCED
 * @err: set on failure: no module, a control failed
 *
 * Besides the module's controls, a page must be evicted by ORACLE_OTHERS other
 * pages, more than any TLB holds: page tables that a hypervisor keeps in place of
 * the guest's hold out against all others. An emulator's TLB may grow with use,
 * so that this is tried several times, some tenths of a second apart.
 *
 * Return: the oracle, or NULL with @err set.
 */
struct oracle *oracle_open(uint32_t cpu, enum swc_isolation isolation,
			   struct error *err);
void oracle_close(struct oracle *o);

#define ORACLE_OTHERS 5000u

/*
 * oracle_script_start() - a new script, of no steps yet, about @npages pages.
 * Return: the script.
 */
struct oracle_script *oracle_script_start(struct oracle *o, uint32_t npages);

/* oracle_script_add() - a step. Return: where its verdict will be. */
const struct swc_oracle_step *oracle_script_add(struct oracle_script *script,
						enum swc_oracle_kind kind,
						uint32_t page);

/**
 * oracle_ask() - have the script carried out, in one window
 * @o: the oracle
 * @arm: what it replays, from device_load(); -1: nothing
 * @walks: fill @walks, for the last replay
 * @err: set on failure: a control failed, too long for one window, the CPU isn't
 *	online, the sequence trapped
 *
 * Return: 0 with all verdicts; 1 likewise, but an NMI or SMI hit the window; or
 * -1 with @err set.
 */
int oracle_ask(struct oracle *o, int arm, bool walks, struct error *err);

/* oracle_control_text() - the meaning of a control's failure. */
const char *oracle_control_text(enum swc_oracle_control control);

#endif
