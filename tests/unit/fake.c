// SPDX-License-Identifier: GPL-2.0
#include "fake.h"

#include <stdlib.h>

#include "helper.h"

struct backend *fake_new(uint32_t samples, unsigned long seed)
{
	struct backend *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	plant_init(&b->plant, seed);
	b->plant.narms = 0;
	b->capacity = samples;
	b->samples = calloc(samples, sizeof(*b->samples));
	assert_non_null(b->samples);
	return b;
}

void fake_free(struct backend *b)
{
	plant_free(&b->plant);
	free(b->samples);
	free(b);
}

void fake_unload(struct backend *b)
{
	b->plant.narms = 0;
}

int fake_run(struct backend *b, struct backend_run *run, struct error *err)
{
	(void)err;
	assert_in_range(run->samples, 1, b->capacity);
	plant_samples(&b->plant, b->samples, run->samples);
	run->data = b->samples;
	run->produced = run->samples;
	return 0;
}
