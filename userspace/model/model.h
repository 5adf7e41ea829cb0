/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_MODEL_H
#define SWC_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "geometry.h"
#include "structures.h"

/*
 * A model of a CPU's caches and TLBs predicts which accesses miss. It knows sets,
 * ways and a replacement policy, and nothing of time. docs/model.md lists what it
 * leaves out.
 */

/**
 * model_init() - build a model, everything empty
 * @m: filled; model_free() it after success
 * @geometry: what isn't known there is left out, with the reason in
 *	@m->part[].why. A level whose predecessor is left out is left out, too.
 * @options: NULL: LRU everywhere
 * @err: set on failure
 *
 * Pages are of 4 KiB. Return: 0, also if nothing can be modelled; or -1 (no
 * memory) with @err set.
 */
int model_init(struct model *m, const struct geometry *geometry,
	       const struct model_options *options, struct error *err);
void model_free(struct model *m);

/**
 * model_run() - feed accesses, in order
 *
 * A load or store: first the translation (dTLB, STLB; what misses is filled in
 * both), then for each line L1d, L2, L3; a line that misses is filled in every
 * level that missed, stores included (write allocate). A read and write at once
 * (MODEL_READ | MODEL_WRITE) looks once into L1d, but into both of a split dTLB.
 * Counts add up in @m->tally.
 */
void model_run(struct model *m, const struct model_access *accesses, size_t n);

/* model_forget() - set the counts to 0; what is cached stays. */
void model_forget(struct model *m);

/* model_clear() - empty all caches and TLBs, and set the counts to 0. */
void model_clear(struct model *m);

/*
 * model_holds() - is the line or, in a TLB, the page of @address there? Changes
 * nothing. Of a split dTLB: the one for loads. Not modelled: false.
 */
bool model_holds(const struct model *m, enum model_structure structure,
		 uint64_t address);

/* model_digest() - as assoc_digest(), of all structures. */
uint64_t model_digest(const struct model *m);

#endif
