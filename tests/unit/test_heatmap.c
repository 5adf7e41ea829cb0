// SPDX-License-Identifier: GPL-2.0
#include "heatmap.h"

#include <stdlib.h>

#include "helper.h"

/*
 * Pictures of studies that are made up: is it XML, and does each victim have its
 * place, in both panels, in the colour of its share?
 */

#define SETS	64u
#define WAYS	4u
#define LINES	(SETS * WAYS)
#define DEEPEST 32u

/* Of a cell and a panel, and the ends of the ramp, as the picture has them. */
#define CELL_WIDTH 6u
#define LEFT	   62u
#define WHOLE	   "#081d58"
#define NOTHING	   "#ffffd9"
#define UNKNOWN	   "url(#unknown)"

static struct geometry geometry = {
	.cache[GEOMETRY_L1D] = {.bytes = LINES * 64,
				.line_bytes = 64,
				.ways = WAYS,
				.sets = SETS},
};

/* L1d only: sets below 8 lose all by measurement, below 16 by the model. */
static void make_study(struct study *study, struct victims *victims)
{
	struct evictions *e = &study->evictions[EVICTION_L1D];
	struct error err = {0};
	size_t i;

	*study = (struct study){.done[EVICTION_L1D] = true};
	assert_int_equal(evictions_init(e, victims, &err), 0);
	study->forecast[EVICTION_L1D].evicted =
		calloc(e->victims.n + 1, sizeof(double));
	for (i = 0; i < e->victims.n; i++) {
		e->list[i].share.mean = e->victims.list[i].set < 8;
		study->forecast[EVICTION_L1D].evicted[i] =
			e->victims.list[i].set < 16;
	}
	e->valid = true;
}

static char *draw(const struct study *study)
{
	struct error err = {0};
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	assert_int_equal(
		heatmap_svg(f, study, "<a> & \"b\"", "c < d & e", &err), 0);
	fclose(f);
	return text;
}

/* Past the text up to the next tag, in which each & must begin an entity. */
static const char *skip_text(const char *at)
{
	for (; *at && *at != '<'; at++) {
		assert_int_not_equal(*at, '>');
		if (*at == '&')
			assert_non_null(strchr("lgaq", at[1]));
	}
	return at;
}

/* Past a tag's attributes; each value ends, and holds no tag. */
static const char *skip_attributes(const char *at)
{
	for (; *at && *at != '>'; at++) {
		assert_int_not_equal(*at, '<');
		if (*at != '"')
			continue;
		at += 1 + strcspn(at + 1, "\"<");
		assert_int_equal(*at, '"');
	}
	assert_int_equal(*at, '>');
	return at + 1;
}

/* All tags that begin end, in the right order; one is the root. */
static void assert_well_formed(const char *at)
{
	char open[DEEPEST][16];
	unsigned int depth = 0, roots = 0;
	size_t n;

	for (at = skip_text(at); *at; at = skip_text(at)) {
		bool ends = *++at == '/';

		at += ends;
		n = strspn(at, "abcdefghijklmnopqrstuvwxyz");
		assert_in_range(n, 1, 15);
		if (ends) {
			assert_int_not_equal(depth, 0);
			depth--;
			assert_int_equal(strlen(open[depth]), n);
			assert_memory_equal(open[depth], at, n);
		} else {
			roots += !depth;
			assert_in_range(depth, 0, DEEPEST - 1);
			snprintf(open[depth++], 16, "%.*s", (int)n, at);
		}
		at = skip_attributes(at + n);
		if (at[-2] == '/')
			depth--;
	}
	assert_int_equal(depth, 0);
	assert_int_equal(roots, 1);
}

/* Cells of one colour; NULL: of any. */
static unsigned int count_cells(const char *svg, const char *colour)
{
	unsigned int width, n = 0;
	char fill[32];

	while ((svg = strstr(svg, "<rect "))) {
		if (sscanf(svg,
			   "<rect x=\"%*f\" y=\"%*f\" width=\"%u\" "
			   "height=\"%*f\" class=\"cell\" fill=\"%31[^\"]\"",
			   &width, fill) == 2 &&
		    (!colour || !strcmp(fill, colour)))
			n += width / CELL_WIDTH;
		svg++;
	}
	return n;
}

/* Is there a cell in this column of the measured panel, as wide as one? */
static bool has_cell(const char *svg, unsigned int column, const char *colour)
{
	double x;
	unsigned int width;
	char fill[32];

	while ((svg = strstr(svg, "<rect "))) {
		if (sscanf(svg,
			   "<rect x=\"%lf\" y=\"%*f\" width=\"%u\" "
			   "height=\"%*f\" class=\"cell\" fill=\"%31[^\"]\"",
			   &x, &width, fill) == 3 &&
		    x == LEFT + column * CELL_WIDTH && width == CELL_WIDTH &&
		    !strcmp(fill, colour))
			return true;
		svg++;
	}
	return false;
}

static void draws_each_victim_twice(void **state)
{
	struct victims victims;
	struct error err = {0};
	struct study study;
	char *svg;

	(void)state;
	assert_int_equal(victims_synthetic(&victims, EVICTION_L1D, &geometry,
					   0.1, &err),
			 0);
	make_study(&study, &victims);
	svg = draw(&study);
	assert_well_formed(svg);
	assert_non_null(strstr(svg, "&lt;a&gt; &amp; &quot;b&quot;"));
	assert_non_null(strstr(svg, "c &lt; d &amp; e"));
	assert_non_null(strstr(svg, "L1d, measured"));
	assert_non_null(strstr(svg, "L1d, predicted"));
	assert_int_equal(count_cells(svg, NULL), 2 * SETS * WAYS);
	assert_int_equal(count_cells(svg, WHOLE), (8 + 16) * WAYS);
	assert_int_equal(count_cells(svg, NOTHING),
			 (SETS - 8 + SETS - 16) * WAYS);
	free(svg);
	study_free(&study);
}

/* What isn't valid isn't drawn, whatever the shares are. */
static void hides_what_is_withheld(void **state)
{
	struct victims victims;
	struct error err = {0};
	struct study study;
	char *svg;

	(void)state;
	assert_int_equal(victims_synthetic(&victims, EVICTION_L1D, &geometry,
					   0.1, &err),
			 0);
	make_study(&study, &victims);
	study.evictions[EVICTION_L1D].valid = false;
	svg = draw(&study);
	assert_well_formed(svg);
	assert_int_equal(count_cells(svg, UNKNOWN), SETS * WAYS);
	assert_int_equal(count_cells(svg, WHOLE), 16 * WAYS);
	free(svg);
	study_free(&study);
}

/* Three lines, two of one set: three cells, not a row. */
static void leaves_places_empty(void **state)
{
	struct workingset_line lines[] = {
		{.address = 0x7040, .line = 1, .region = "heap"},
		{.address = 0x9fc0, .line = 63, .region = "gstack"},
		{.address = 0x9040, .line = 1, .region = "gstack"},
	};
	struct workingset_units units = {.lines = lines, .nlines = 3};
	struct victims victims;
	struct error err = {0};
	struct study study;
	char *svg;

	(void)state;
	assert_int_equal(victims_recorded(&victims, EVICTION_L1D, &geometry,
					  &units, &err),
			 0);
	make_study(&study, &victims);
	svg = draw(&study);
	assert_well_formed(svg);
	assert_int_equal(count_cells(svg, NULL), 2 * 3);
	assert_int_equal(count_cells(svg, WHOLE), 2 * 2);
	assert_true(has_cell(svg, 1, WHOLE));
	assert_true(has_cell(svg, 63, NOTHING));
	free(svg);
	study_free(&study);
}

static void tells_that_nothing_can_be_lost(void **state)
{
	struct workingset_line line = {.shared = true, .region = "heap"};
	struct workingset_units units = {.lines = &line, .nlines = 1};
	struct victims victims;
	struct error err = {0};
	struct study study;
	char *svg;

	(void)state;
	assert_int_equal(victims_recorded(&victims, EVICTION_L1D, &geometry,
					  &units, &err),
			 0);
	make_study(&study, &victims);
	svg = draw(&study);
	assert_well_formed(svg);
	assert_int_equal(count_cells(svg, NULL), 0);
	assert_non_null(strstr(svg, "nothing to lose"));
	free(svg);
	study_free(&study);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_each_victim_twice),
		cmocka_unit_test(hides_what_is_withheld),
		cmocka_unit_test(leaves_places_empty),
		cmocka_unit_test(tells_that_nothing_can_be_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
