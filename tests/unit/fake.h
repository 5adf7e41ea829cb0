/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_FAKE_H
#define SWC_TESTS_FAKE_H

#include "backend.h"
#include "plant.h"

/*
 * Backends that know the truth have this in common: they return planted samples
 * instead of replaying anything. Each test says in its own load() what a sequence
 * costs.
 */
struct backend {
	struct plant plant;
	struct swc_sample *samples;
	uint32_t capacity;
};

/* fake_new() - with room for so many samples, and nothing loaded. */
struct backend *fake_new(uint32_t samples, unsigned long seed);
void fake_free(struct backend *b);

/* struct backend_ops.unload and .run */
void fake_unload(struct backend *b);
int fake_run(struct backend *b, struct backend_run *run, struct error *err);

/* Members of struct backend_ops, with the test's own open() and load(). */
#define FAKE_OPS(opens, loads)                                                \
	.name = "fake", .isolation = SWC_ISOLATION_NONE,                      \
	.isolations = SWC_CAP_ISOLATION(SWC_ISOLATION_NONE), .open = (opens), \
	.close = fake_free, .load = (loads), .unload = fake_unload,           \
	.run = fake_run

#endif
