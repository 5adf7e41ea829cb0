/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_STORES_H
#define SWC_CLAIMS_STORES_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "result.h"
#include "trace.h"

/*
 * The stores of a recorded call: which general registers, and which values into which
 * fields of the runtime's structures. It decides claims about what is saved.
 */

#define STORES_REGISTERS 16u
#define STORES_FIELDS	 128u

/**
 * struct stored_register - one of the 16 general registers
 * @stored: how often all of it is stored by a move or a push, whatever it holds then
 * @restored: of these so often it is loaded again, from there into itself
 * @in_g_sched: of these so often it goes into g.sched
 * @at: where it was stored last; 0: nowhere
 */
struct stored_register {
	uint32_t stored;
	uint32_t restored;
	uint32_t in_g_sched;
	uint64_t at;
};

/**
 * struct stored_field - of g, m, p or sched
 * @name: "g.atomicstatus"; where a constant was stored, "g.atomicstatus=3"
 * @times: it was stored
 */
struct stored_field {
	char name[64];
	uint32_t times;
};

/**
 * struct stores - of one call
 * @registers: by number: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, ...
 * @stored: of them so many are stored
 * @restored: so many are loaded again
 * @fields: in the order in which they were first stored
 * @nfields: how many
 */
struct stores {
	struct stored_register registers[STORES_REGISTERS];
	uint32_t stored;
	uint32_t restored;
	struct stored_field fields[STORES_FIELDS];
	size_t nfields;
};

/*
 * stores_collect() - of a trace's most frequent variant. Return: 0, or -1 with @err set.
 */
int stores_collect(struct stores *s, const struct trace *trace,
		   struct error *err);

extern const struct record stores_record;

#endif
