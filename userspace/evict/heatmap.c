// SPDX-License-Identifier: GPL-2.0
#include "heatmap.h"

#include <math.h>
#include <stdlib.h>

/*
 * From 0 to 1: ColorBrewer's YlGnBu (Brewer, Harrower and The Pennsylvania State
 * University), which people with any deficiency of colour vision can tell apart,
 * and which darkens evenly, so that it survives a black and white print.
 */
static const unsigned char ramp[][3] = {
	{255, 255, 217}, {237, 248, 177}, {199, 233, 180},
	{127, 205, 187}, {65, 182, 196},  {29, 145, 192},
	{34, 94, 168},	 {37, 52, 148},	  {8, 29, 88},
};

#define RAMP_STEPS (sizeof(ramp) / sizeof(ramp[0]) - 1)

/* Pictures tell as many shades apart as readers do. */
#define SHADES 20

/* Rows of characters for one level at most. */
#define TEXT_ROWS 16u

/* Places in the picture, in its units, which are pixels at 96 dpi. */
enum {
	CELL_WIDTH = 6,
	PANEL_WIDTH = CELL_WIDTH * HEATMAP_COLUMNS,
	LEFT = 62,
	GAP = 58,
	WIDTH = LEFT + 2 * PANEL_WIDTH + GAP + 22,
	HEAD = 66,
	PANEL_TITLE = 24,
	PANEL_FOOT = 44,
	FOOT = 66,
	HIGHEST = 200, /* of a panel's cells */
	TALLEST = 12,  /* of a cell */
};

static const char *const names[EVICTION_LEVELS] = {
	[EVICTION_L1D] = "L1d",
	[EVICTION_L2] = "L2",
	[EVICTION_DTLB] = "Data TLB, first level",
	[EVICTION_STLB] = "TLB, second level",
};

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

static double predicted(const struct study *study, enum eviction_level level,
			size_t i)
{
	const struct forecast *p = &study->forecast[level];

	return p->evicted ? p->evicted[i] : NAN;
}

typedef double (*figure)(const struct study *, enum eviction_level, size_t);

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

/* Text that may hold anything, as XML. */
static void put_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", f);
		else if (*text == '>')
			fputs("&gt;", f);
		else if (*text == '&')
			fputs("&amp;", f);
		else if (*text == '"')
			fputs("&quot;", f);
		else if ((unsigned char)*text < ' ')
			fputc('?', f);
		else
			fputc(*text, f);
	}
}

static void put_label(FILE *f, double x, double y, const char *anchor,
		      const char *class, const char *text)
{
	fprintf(f,
		"<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" "
		"text-anchor=\"%s\">",
		x, y, class, anchor);
	put_text(f, text);
	fputs("</text>\n", f);
}

static void put_fill(FILE *f, double value)
{
	unsigned char c[3];

	if (isnan(value)) {
		fputs("url(#unknown)", f);
		return;
	}
	shade_of(value, c);
	fprintf(f, "#%02x%02x%02x", c[0], c[1], c[2]);
}

static int shade_index(double value)
{
	return isnan(value) ? -1 : (int)lround(value * SHADES);
}

/* Neighbours of one shade are one rectangle. */
static void put_row(FILE *f, const struct grid *g, figure figure,
		    unsigned int row, double x, double y, double height)
{
	unsigned int from, to;
	double value, next;

	for (from = 0; from < HEATMAP_COLUMNS; from = to) {
		to = from + 1;
		if (!cell_at(g, row, from))
			continue;
		value = figure(g->study, g->level, cell_at(g, row, from) - 1);
		for (; to < HEATMAP_COLUMNS && cell_at(g, row, to); to++) {
			next = figure(g->study, g->level,
				      cell_at(g, row, to) - 1);
			if (shade_index(next) != shade_index(value))
				break;
		}
		fprintf(f,
			"<rect x=\"%.1f\" y=\"%.2f\" width=\"%u\" "
			"height=\"%.2f\" class=\"cell\" fill=\"",
			x + from * CELL_WIDTH, y, (to - from) * CELL_WIDTH,
			height);
		put_fill(f, value);
		fputs("\"/>\n", f);
	}
}

static double cell_height(const struct grid *g)
{
	return fmin((double)HIGHEST / g->rows, TALLEST);
}

static double panel_height(const struct grid *g)
{
	return PANEL_TITLE + cell_height(g) * g->rows + PANEL_FOOT;
}

/* What the columns are, and what the rows are. */
static const char *column_label(const struct grid *g)
{
	if (eviction_level_is_tlb(g->level))
		return "page, by age, row after row";
	return g->study->evictions[g->level].victims.list[0].set ==
			       VICTIM_SET_UNKNOWN
		       ? "line of its page (set modulo 64)"
		       : "set";
}

static void put_ticks(FILE *f, const struct grid *g, double x, double y)
{
	unsigned int rows = g->rows, i;
	unsigned int unit = eviction_level_is_tlb(g->level) ? HEATMAP_COLUMNS
							    : 1;
	double height = cell_height(g);
	char number[32];

	for (i = 0; i <= HEATMAP_COLUMNS; i += 16) {
		unsigned int at = i < HEATMAP_COLUMNS ? i : i - 1;

		snprintf(number, sizeof(number), "%u", at);
		put_label(f, x + (at + 0.5) * CELL_WIDTH,
			  y + height * rows + 13, "middle", "tick", number);
	}
	for (i = 0; i < rows; i++) {
		if (i && i != rows - 1)
			continue;
		snprintf(number, sizeof(number), "%u", i * unit);
		put_label(f, x - 5, y + height * (i + 0.5) + 4, "end", "tick",
			  number);
	}
	put_label(f, x + PANEL_WIDTH / 2., y + height * rows + 28, "middle",
		  "axis", column_label(g));
	if (rows < 4)
		return;
	fprintf(f,
		"<text transform=\"translate(%.1f,%.1f) rotate(-90)\" "
		"class=\"axis\" text-anchor=\"middle\">%s</text>\n",
		x - 34, y + height * rows / 2,
		eviction_level_is_tlb(g->level) ? "oldest on top"
						: "age, oldest on top");
}

static void put_panel(FILE *f, const struct grid *g, figure figure,
		      const char *title, double x, double y)
{
	unsigned int rows = g->rows, row;
	double height = cell_height(g);

	put_label(f, x, y + PANEL_TITLE - 8, "start", "panel", title);
	y += PANEL_TITLE;
	fputs("<g shape-rendering=\"crispEdges\">\n", f);
	for (row = 0; row < rows; row++)
		put_row(f, g, figure, row, x, y + row * height, height);
	fprintf(f,
		"<rect x=\"%.1f\" y=\"%.2f\" width=\"%d\" height=\"%.2f\" "
		"class=\"frame\"/>\n</g>\n",
		x, y, PANEL_WIDTH, height * rows);
	put_ticks(f, g, x, y);
}

static void put_level(FILE *f, const struct grid *g, double y)
{
	const struct study *study = g->study;
	enum eviction_level level = g->level;
	const struct evictions *e = &study->evictions[level];
	const struct forecast *p = &study->forecast[level];
	const char *unit = eviction_level_is_tlb(level) ? "pages" : "lines";
	char title[256];

	if (study_is_valid(study, level))
		snprintf(title, sizeof(title),
			 "%s, measured: %zu of %zu %s evicted", names[level],
			 e->evicted, e->victims.n, unit);
	else
		snprintf(title, sizeof(title), "%s: not measured",
			 names[level]);
	put_panel(f, g, measured, title, LEFT, y);
	if (!p->evicted) {
		snprintf(title, sizeof(title), "%s, predicted: not modelled",
			 names[level]);
		put_label(f, LEFT + PANEL_WIDTH + GAP, y + PANEL_TITLE - 8,
			  "start", "panel", title);
		put_label(f, LEFT + PANEL_WIDTH + GAP, y + PANEL_TITLE + 10,
			  "start", "tick", p->why);
		return;
	}
	snprintf(title, sizeof(title), "%s, predicted by the model (LRU)",
		 names[level]);
	put_panel(f, g, predicted, title, LEFT + PANEL_WIDTH + GAP, y);
}

static void put_legend(FILE *f, double y)
{
	const double width = 200, x = LEFT;
	char number[16];
	unsigned int i;

	for (i = 0; i <= SHADES; i++) {
		fprintf(f,
			"<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
			"height=\"12\" fill=\"",
			x + width * i / (SHADES + 1), y,
			width / (SHADES + 1) + 0.3);
		put_fill(f, (double)i / SHADES);
		fputs("\"/>\n", f);
	}
	fprintf(f,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"12\" "
		"class=\"frame\"/>\n",
		x, y, width);
	for (i = 0; i <= 4; i++) {
		snprintf(number, sizeof(number), "%g", i / 4.);
		put_label(f, x + width * i / 4, y + 25, "middle", "tick",
			  number);
	}
	put_label(f, x + width + 14, y + 10, "start", "axis",
		  "share of replays that evict the victim");
	fprintf(f,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"24\" height=\"12\" "
		"fill=\"url(#unknown)\" stroke=\"#555\"/>\n",
		x + width + 290, y);
	put_label(f, x + width + 322, y + 10, "start", "axis", "can't be told");
}

/* What the victims are, of all levels alike. */
static const char *subtitle(const struct grid *grids)
{
	const struct grid *g;

	for (g = grids; g < grids + EVICTION_LEVELS; g++) {
		if (!g->cell)
			continue;
		if (!g->study->evictions[g->level].victims.recorded)
			break;
		return "Of what was touched before the call, and not by it. "
		       "All is primed, the call is replayed once, and a victim "
		       "is loaded, timed.";
	}
	return "Victims that a replay evicts. Each is primed, the sequence is "
	       "replayed once, and the victim is loaded, timed.";
}

static void put_head(FILE *f, double height, const char *title,
		     const char *subtitle)
{
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%.0f\" viewBox=\"0 0 %d %.0f\" role=\"img\">\n<title>",
		WIDTH, height, WIDTH, height);
	put_text(f, title);
	fputs("</title>\n"
	      "<style>text{font-family:'DejaVu Sans',Helvetica,Arial,sans-serif;"
	      "fill:#222}.title{font-size:16px;font-weight:bold}"
	      ".panel{font-size:12px;font-weight:bold}.axis{font-size:11px}"
	      ".tick{font-size:10px;fill:#444}.note{font-size:9px;fill:#444}"
	      ".frame{fill:none;stroke:#555;stroke-width:1}</style>\n"
	      "<defs><pattern id=\"unknown\" width=\"5\" height=\"5\" "
	      "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
	      "<rect width=\"5\" height=\"5\" fill=\"#eee\"/><rect width=\"2\" "
	      "height=\"5\" fill=\"#bbb\"/></pattern></defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
	      f);
	put_label(f, LEFT, 28, "start", "title", title);
	put_label(f, LEFT, 46, "start", "axis", subtitle);
}

static void put_picture(FILE *f, const struct grid *grids, const char *title,
			const char *provenance)
{
	double height = HEAD + FOOT, y = HEAD;
	const struct grid *g;

	for (g = grids; g < grids + EVICTION_LEVELS; g++)
		height += g->rows ? panel_height(g) : 0;
	if (height == HEAD + FOOT) {
		height += PANEL_TITLE;
		y += PANEL_TITLE;
	}
	put_head(f, height, title, subtitle(grids));
	if (y > HEAD)
		put_label(f, LEFT, y - 8, "start", "panel",
			  "There is nothing to lose: the call touches all of "
			  "it, too.");
	for (g = grids; g < grids + EVICTION_LEVELS; g++) {
		if (!g->rows)
			continue;
		put_level(f, g, y);
		y += panel_height(g);
	}
	put_legend(f, y);
	put_label(f, LEFT, y + 48, "start", "note", provenance);
	fputs("</svg>\n", f);
}

int heatmap_svg(FILE *f, const struct study *study, const char *title,
		const char *provenance, struct error *err)
{
	struct grid grids[EVICTION_LEVELS] = {0};
	unsigned int level;
	int rc = 0;

	for (level = 0; level < EVICTION_LEVELS && !rc; level++) {
		if (study->done[level])
			rc = make_grid(&grids[level], study, level);
	}
	if (rc)
		error_set(err, EXIT_IMPOSSIBLE, "no memory for a heat map");
	else
		put_picture(f, grids, title, provenance);
	for (level = 0; level < EVICTION_LEVELS; level++)
		free(grids[level].cell);
	return rc;
}
