// SPDX-License-Identifier: GPL-2.0
#include "code.h"

#include <inttypes.h>
#include <stdlib.h>

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

static int decode(struct code_insn *entry, struct tracee *tracee,
		  uint64_t address, struct error *err)
{
	size_t n = tracee_read_some(tracee, address, entry->bytes,
				    sizeof(entry->bytes));

	if (!n || insn_decode(&entry->insn, address, entry->bytes, n))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: no known instruction at 0x%" PRIx64
				 "; record a call that avoids it",
				 tracee->name, address);
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

int64_t code_at(struct code *code, struct tracee *tracee, uint64_t address,
		struct error *err)
{
	uint64_t hash = hash_address(address);
	struct lookup_slot *slot;
	struct code_insn *entry;
	size_t at = hash;

	if (lookup_reserve(&code->lookup))
		return no_memory(err);
	while ((slot = lookup_probe(&code->lookup, hash, &at))->used) {
		if (code->list[slot->value]->insn.address == address)
			return slot->value;
		at++;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return no_memory(err);
	entry->trace_index = -1;
	if (decode(entry, tracee, address, err) || append(code, entry, err)) {
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
	*code = (struct code){0};
}
