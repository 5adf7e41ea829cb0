// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "seqtext.h"

/* The reader of a sequence's text: what it accepts is the same after it was written. */

static bool same(const struct sequence *a, const struct sequence *b)
{
	return a->nops == b->nops && a->region_names.n == b->region_names.n &&
	       a->entry_region == b->entry_region &&
	       a->entry_offset == b->entry_offset &&
	       (!a->nops ||
		!memcmp(a->ops, b->ops, a->nops * sizeof(*a->ops))) &&
	       (!a->region_names.n ||
		!memcmp(a->regions, b->regions,
			a->region_names.n * sizeof(*a->regions)));
}

static void write_and_read(const struct sequence *s)
{
	struct error err = {0};
	struct sequence again;
	size_t bytes;
	char *text;
	FILE *f = open_memstream(&text, &bytes);

	if (!f || seqtext_write(s, f) || fclose(f))
		abort();
	f = fmemopen(text, bytes, "r");
	if (!f || seqtext_read(&again, f, "written", &err)) {
		fprintf(stderr, "fuzz: %s\n%s", err.text, text);
		abort();
	}
	fclose(f);
	if (!same(s, &again)) {
		fprintf(stderr, "fuzz: another sequence:\n%s", text);
		abort();
	}
	sequence_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct swc_state warm = {.flags = 0};
	struct swc_caps caps = fuzz_caps();
	struct error err = {0};
	struct swc_program program;
	struct sequence s;
	FILE *f;

	if (!bytes)
		return 0;
	f = fmemopen((void *)data, bytes, "r");
	if (!f)
		return 0;
	if (!seqtext_read(&s, f, "input", &err)) {
		write_and_read(&s);
		program = sequence_program(&s);
		fuzz_emit(&program, &caps, (struct swc_binding){.offset = 1},
			  &warm);
		sequence_free(&s);
	} else if (!err.text[0]) {
		abort();
	}
	fclose(f);
	return 0;
}
