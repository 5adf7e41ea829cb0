// SPDX-License-Identifier: GPL-2.0
#include "recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "engine/freestanding.h"

void recording_load(struct recording *rec, const char *name)
{
	char path[256], line[256];
	FILE *f;

	*rec = (struct recording){.n = 0};
	snprintf(path, sizeof(path), "tests/data/cpuid/%s.txt", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s: not found; run from the top directory", path);
	while (fgets(line, sizeof(line), f)) {
		struct leaf *l = &rec->leaf[rec->n];

		if (*line == '#')
			continue;
		assert_true(rec->n < ARRAY_SIZE(rec->leaf));
		assert_int_equal(sscanf(line, "%x %x %x %x %x %x", &l->leaf,
					&l->subleaf, &l->r.eax, &l->r.ebx,
					&l->r.ecx, &l->r.edx),
				 6);
		rec->n++;
	}
	fclose(f);
}

struct leaf *recording_find(struct recording *rec, uint32_t leaf,
			    uint32_t subleaf)
{
	unsigned int i;

	for (i = 0; i < rec->n; i++) {
		if (rec->leaf[i].leaf == leaf &&
		    rec->leaf[i].subleaf == subleaf)
			return &rec->leaf[i];
	}
	return NULL;
}

struct swc_cpuid recording_answer(uint32_t leaf, uint32_t subleaf, void *ctx)
{
	struct recording *rec = ctx;
	struct leaf *l = recording_find(rec, leaf, subleaf);
	uint32_t max = recording_find(rec, leaf & 0x80000000, 0)->r.eax;

	rec->beyond |= leaf > max;
	return l ? l->r : (struct swc_cpuid){0};
}

void recording_decode(struct geometry *g, const char *name)
{
	struct recording rec;

	recording_load(&rec, name);
	geometry_decode(g, recording_answer, &rec);
	assert_false(rec.beyond);
}
