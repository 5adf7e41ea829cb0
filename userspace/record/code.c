// SPDX-License-Identifier: GPL-2.0
#include "code.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mapped.h"
#include "symbols.h"

#define INT3 0xcc

bool code_is_run_over(const struct insn *insn)
{
	switch (insn->zydis.mnemonic) {
	case ZYDIS_MNEMONIC_PUSHF:
	case ZYDIS_MNEMONIC_PUSHFQ:
	case ZYDIS_MNEMONIC_POPF:
	case ZYDIS_MNEMONIC_POPFQ:
		return true;
	default:
		return insn->rep;
	}
}

/* Code is dense: spread neighbouring addresses over the table. */
static uint64_t hash_address(uint64_t address)
{
	address *= 0x9e3779b97f4a7c15u;
	return address ^ address >> 32;
}

static int no_memory(struct error *err)
{
	return error_set(
		err, EXIT_IMPOSSIBLE,
		"record: out of memory for instructions; record a shorter call");
}

static int undecodable(struct tracee *tracee, uint64_t address,
		       struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "%s: no known instruction at 0x%" PRIx64
			 "; record a call that avoids it",
			 tracee->name, address);
}

/*
 * Is it somebody else's INT3 (a uprobe's), in the place of an instruction that
 * the kernel lets run?
 */
static bool is_probe(const struct code_insn *entry, struct tracee *tracee,
		     uint64_t address)
{
	uint8_t byte;

	return *entry->bytes == INT3 && tracee->symbols &&
	       symbols_bytes(tracee->symbols, address, &byte, 1) &&
	       byte != INT3;
}

static int decode(struct code_insn *entry, struct tracee *tracee,
		  uint64_t address, size_t n, struct error *err)
{
	struct mapped mapped;

	if (is_probe(entry, tracee, address))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: somebody's probe is at 0x%" PRIx64
				 " (bpftrace, perf probe, ..); take it away",
				 tracee->name, address);
	if (insn_decode(&entry->insn, address, entry->bytes, n))
		return undecodable(tracee, address, err);
	if (code_is_run_over(&entry->insn)) {
		entry->shared = !mapped_find(&mapped, tracee->pid, address) &&
				mapped.shared;
		mapped_free(&mapped);
	}
	if (entry->insn.opaque)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"%s: the accesses of %s at 0x%" PRIx64
			" cannot be recorded; record a call that avoids it",
			tracee->name,
			ZydisMnemonicGetString(entry->insn.zydis.mnemonic),
			address);
	return 0;
}

static int append(struct code *code, struct code_insn *entry, struct error *err)
{
	size_t capacity = code->capacity ? 2 * code->capacity : 1024;
	struct code_insn **list;

	if (code->n == code->capacity) {
		list = realloc(code->list, capacity * sizeof(*list));
		if (!list)
			return no_memory(err);
		code->list = list;
		code->capacity = capacity;
	}
	code->list[code->n++] = entry;
	return 0;
}

/* Do @bytes begin with the instruction that was decoded? */
static bool is_it(const struct code_insn *entry, uint64_t address,
		  const uint8_t *bytes)
{
	return entry->insn.address == address &&
	       !memcmp(entry->bytes, bytes, entry->insn.zydis.length);
}

/*
 * Code that is made at run time changes under one address: an instruction found
 * by address alone may never have run. So the bytes are read for each step,
 * unless they are known to be the file's. Other threads are stopped meanwhile,
 * and the step executes the bytes that were read.
 */
int64_t code_at(struct code *code, struct tracee *tracee, uint64_t address,
		struct error *err)
{
	uint64_t hash = hash_address(address);
	uint8_t memory[TRACE_MAX_INSN] = {0};
	const uint8_t *bytes;
	struct lookup_slot *slot;
	struct code_insn *entry;
	size_t at = hash, n;

	if (lookup_reserve(&code->lookup))
		return no_memory(err);
	bytes = textcache_bytes(&code->text, tracee, address, &n);
	if (!bytes) {
		/* There are fewer bytes before the end of a mapping. */
		bytes = memory;
		n = tracee_read_some(tracee, address, memory, sizeof(memory));
	}
	if (!n)
		return undecodable(tracee, address, err);
	while ((slot = lookup_probe(&code->lookup, hash, &at))->used) {
		if (is_it(code->list[slot->value], address, bytes))
			return slot->value;
		at++;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return no_memory(err);
	entry->trace_index = -1;
	memcpy(entry->bytes, bytes, sizeof(entry->bytes));
	if (decode(entry, tracee, address, n, err) ||
	    append(code, entry, err)) {
		free(entry);
		return -1;
	}
	lookup_insert(&code->lookup, hash, (uint32_t)(code->n - 1));
	return (int64_t)(code->n - 1);
}

void code_free(struct code *code)
{
	size_t i;

	for (i = 0; i < code->n; i++)
		free(code->list[i]);
	free(code->list);
	lookup_free(&code->lookup);
	textcache_free(&code->text);
	*code = (struct code){0};
}
