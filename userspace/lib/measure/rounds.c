// SPDX-License-Identifier: GPL-2.0
#include "rounds.h"

#include <stdlib.h>
#include <string.h>

int rounds_init(struct rounds *r, unsigned int narms, size_t per_block)
{
	*r = (struct rounds){
		.narms = narms,
		.rounds_per_block = per_block,
		.in_block = per_block, /* as if full */
		.cells = calloc(ROUNDS_MAX_BLOCKS * narms, sizeof(*r->cells)),
	};
	return r->cells ? 0 : -1;
}

int rounds_copy(struct rounds *r, const struct rounds *from)
{
	size_t n = from->nblocks * from->narms;

	*r = *from;
	r->cells = calloc(n + 1, sizeof(*r->cells));
	if (!r->cells)
		return -1;
	memcpy(r->cells, from->cells, n * sizeof(*r->cells));
	return 0;
}

void rounds_free(struct rounds *r)
{
	free(r->cells);
	*r = (struct rounds){0};
}

static void add_cells(struct cell *to, const struct cell *from, size_t n)
{
	for (; n; n--, to++, from++) {
		to->sum += from->sum;
		to->count += from->count;
	}
}

void rounds_fold(struct rounds *r)
{
	size_t i, n = r->narms;

	for (i = 0; i < r->nblocks / 2; i++) {
		memmove(&r->cells[i * n], &r->cells[2 * i * n],
			n * sizeof(*r->cells));
		add_cells(&r->cells[i * n], &r->cells[(2 * i + 1) * n], n);
	}
	/* One without a neighbour goes to the last. */
	if (r->nblocks % 2 && i)
		add_cells(&r->cells[(i - 1) * n], &r->cells[2 * i * n], n);
	r->nblocks /= 2;
	r->rounds_per_block *= 2;
	r->in_block = r->rounds_per_block;
}

void rounds_open(struct rounds *r)
{
	if (r->in_block < r->rounds_per_block) {
		r->in_block++;
		return;
	}
	if (r->nblocks == ROUNDS_MAX_BLOCKS)
		rounds_fold(r);
	memset(&r->cells[r->nblocks * r->narms], 0,
	       r->narms * sizeof(*r->cells));
	r->nblocks++;
	r->in_block = 1;
}

void rounds_close(struct rounds *r)
{
	r->in_block = r->rounds_per_block;
}

void rounds_add(struct rounds *r, unsigned int arm, double mean)
{
	struct cell *cell = &r->cells[(r->nblocks - 1) * r->narms + arm];

	cell->sum += mean;
	cell->count++;
}

bool rounds_means(const struct rounds *r, const size_t *choice, size_t first,
		  size_t n, double *means)
{
	struct cell total;
	unsigned int arm;
	size_t i, block;

	for (arm = 0; arm < r->narms; arm++) {
		total = (struct cell){0};
		for (i = 0; i < n; i++) {
			block = choice ? choice[i] : first + i;
			add_cells(&total, &r->cells[block * r->narms + arm], 1);
		}
		if (total.count == 0)
			return false;
		means[arm] = total.sum / total.count;
	}
	return true;
}

double rounds_arm_mean(const struct rounds *r, unsigned int arm)
{
	struct cell total = {0};
	size_t block;

	for (block = 0; block < r->nblocks; block++)
		add_cells(&total, &r->cells[block * r->narms + arm], 1);
	return total.sum / total.count;
}
