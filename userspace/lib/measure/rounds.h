/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_ROUNDS_H
#define SWC_LIB_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

/* This bounds memory and resampling, however long a run gets. */
#define ROUNDS_MAX_BLOCKS 64u

/*
 * A sum, and of how many values: one arm's samples in a round, or its rounds'
 * means in a block. Rounds differ in the pedestal and in where code lies, which
 * all arms of a round share. So each round counts once for each arm, however
 * many samples of it chance has drawn.
 */
struct cell {
	double sum;
	double count;
};

/**
 * struct rounds - what a run's rounds took, in blocks of neighbours
 * @narms: of each round
 * @nblocks: so many, at most ROUNDS_MAX_BLOCKS
 * @rounds_per_block: doubled whenever blocks run out
 * @in_block: rounds in the last block
 * @cells: [block * narms + arm]
 */
struct rounds {
	unsigned int narms;
	size_t nblocks;
	size_t rounds_per_block;
	size_t in_block;
	struct cell *cells;
};

/*
 * rounds_init() - none yet; so many @per_block at first. Return: 0, or -1: no
 * memory.
 */
int rounds_init(struct rounds *rounds, unsigned int narms, size_t per_block);

/* rounds_copy() - the same once more, to fold. Return: 0, or -1: no memory. */
int rounds_copy(struct rounds *rounds, const struct rounds *from);
void rounds_free(struct rounds *rounds);

/* rounds_open() - make room for the next round. */
void rounds_open(struct rounds *rounds);

/* rounds_close() - the next round begins a block. */
void rounds_close(struct rounds *rounds);

/* rounds_add() - an arm's mean in the round that was opened last. */
void rounds_add(struct rounds *rounds, unsigned int arm, double mean);

/* rounds_fold() - make one block of two neighbours, all along. */
void rounds_fold(struct rounds *rounds);

/*
 * rounds_means() - means of the arms over @n blocks: those of @choice, or, if NULL,
 * from @first on. Return: false if there are none of some arm.
 */
bool rounds_means(const struct rounds *rounds, const size_t *choice,
		  size_t first, size_t n, double *means);

/* rounds_arm_mean() - of @arm over all blocks; NAN: none. */
double rounds_arm_mean(const struct rounds *rounds, unsigned int arm);

#endif
