// SPDX-License-Identifier: GPL-2.0
#include "heatmap.h"

#include <math.h>
#include <stdlib.h>

/*
 * From 0 to 1: ColorBrewer's YlGnBu (Brewer, Harrower and The Pennsylvania State
 * University), which people with any deficiency of colour vision can
 * distinguish, and which darkens evenly, so that it survives a black and white
 * print.
 */
static const unsigned char ramp[][3] = {
	{255, 255, 217}, {237, 248, 177}, {199, 233, 180},
	{127, 205, 187}, {65, 182, 196},  {29, 145, 192},
	{34, 94, 168},	 {37, 52, 148},	  {8, 29, 88},
};

#define RAMP_STEPS (sizeof(ramp) / sizeof(ramp[0]) - 1)

/* No more shades than readers can distinguish. */
#define SHADES 20

/* Rows of characters for one level at most. */
#define TEXT_ROWS 16u

static void shade_of(double value, unsigned char colour[3])
{
	double at = round(value * SHADES) / SHADES * RAMP_STEPS, part;
	size_t i = at < RAMP_STEPS ? (size_t)at : RAMP_STEPS - 1;
	unsigned int c;

	part = at - i;
	for (c = 0; c < 3; c++)
		colour[c] =
			ramp[i][c] * (1 - part) + ramp[i + 1][c] * part + 0.5;
}

static double measured(const struct study *study, enum eviction_level level,
		       size_t i)
{
	const struct evictions *e = &study->evictions[level];

	return study_is_valid(study, level) ? e->list[i].share.mean : NAN;
}

/*
 * Victims of a cache in the column of their line, those of one line below one
 * another; of a TLB row after row. A working set leaves places empty.
 */
struct grid {
	const struct study *study;
	enum eviction_level level;
	unsigned int rows;
	size_t *cell; /* index of a victim from 1; 0: none */
};

static int make_grid(struct grid *g, const struct study *study,
		     enum eviction_level level)
{
	const struct victims *v = &study->evictions[level].victims;
	unsigned int filled[HEATMAP_COLUMNS] = {0}, column, row;
	size_t i;

	*g = (struct grid){
		.study = study,
		.level = level,
		.cell = calloc(v->n + 1, HEATMAP_COLUMNS * sizeof(*g->cell)),
	};
	for (i = 0; g->cell && i < v->n; i++) {
		column = eviction_level_is_tlb(level) ? i % HEATMAP_COLUMNS
						      : v->list[i].line;
		row = filled[column]++;
		g->cell[row * HEATMAP_COLUMNS + column] = i + 1;
		g->rows = row >= g->rows ? row + 1 : g->rows;
	}
	return g->cell ? 0 : -1;
}

static size_t cell_at(const struct grid *g, unsigned int row,
		      unsigned int column)
{
	return g->cell[(size_t)row * HEATMAP_COLUMNS + column];
}

/*
 * The mean over some rows of one column; NAN: nothing is known of any. Return:
 * victims there.
 */
static unsigned int mean_of_rows(const struct grid *g, unsigned int column,
				 unsigned int from, unsigned int to,
				 double *mean)
{
	double sum = 0, value;
	unsigned int n = 0, there = 0;
	size_t cell;

	for (; from < to && from < g->rows; from++) {
		cell = cell_at(g, from, column);
		if (!cell)
			continue;
		there++;
		value = measured(g->study, g->level, cell - 1);
		if (isnan(value))
			continue;
		sum += value;
		n++;
	}
	*mean = n ? sum / n : NAN;
	return there;
}

static void print_cell(FILE *f, double value, bool colour)
{
	static const char *const blocks[] = {"·", "░", "▒", "▓", "█"};
	unsigned char c[3];

	if (isnan(value)) {
		fputs("?", f);
	} else if (colour) {
		shade_of(value, c);
		fprintf(f, "\033[48;2;%u;%u;%um \033[0m", c[0], c[1], c[2]);
	} else {
		fputs(blocks[(int)(value * 4 + 0.5)], f);
	}
}

void heatmap_print(FILE *f, const struct study *study,
		   enum eviction_level level, bool colour)
{
	unsigned int row, column, step;
	struct grid g;
	double value;

	if (make_grid(&g, study, level)) {
		fputs("     no memory for a heat map\n", f);
		return;
	}
	step = (g.rows + TEXT_ROWS - 1) / TEXT_ROWS;
	for (row = 0; row < g.rows; row += step) {
		fprintf(f, "%5u ",
			row * (eviction_level_is_tlb(level) ? HEATMAP_COLUMNS
							    : 1));
		for (column = 0; column < HEATMAP_COLUMNS; column++) {
			if (mean_of_rows(&g, column, row, row + step, &value))
				print_cell(f, value, colour);
			else
				fputc(' ', f);
		}
		fputc('\n', f);
	}
	free(g.cell);
}
