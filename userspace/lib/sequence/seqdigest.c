// SPDX-License-Identifier: GPL-2.0
#include "seqdigest.h"

#include <stdlib.h>
#include <string.h>

#include "fnv.h"
#include "seqtext.h"

uint64_t seqdigest_of_text(const char *text)
{
	return fnv1a(FNV_BASIS, text, strlen(text));
}

uint64_t seqdigest(const struct sequence *s)
{
	uint64_t digest = FNV_BASIS;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (out) {
		seqtext_write(s, out);
		fclose(out);
	}
	if (text)
		digest = seqdigest_of_text(text);
	free(text);
	return digest;
}
