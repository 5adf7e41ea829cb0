// SPDX-License-Identifier: GPL-2.0
#include "watchview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminal.h"

/* A VT100 understands these, and all terminals since. */
#define SAVE	   "\0337"
#define RESTORE	   "\0338"
#define SCROLL	   "\033[1;%ur" /* these lines alone */
#define SCROLL_ALL "\033[r"
#define UP	   "\033[%uA"
#define LINE	   "\033[%u;1H\033[2K"
#define BOLD	   "\033[1m"
#define NORMAL	   "\033[0m"

/* At most so many lines, and half of the terminal's. */
#define MOST_LINES 17u

/* A row has a name and a share beside its bar. */
#define NAME	 28
#define BESIDE	 42u
#define MOST_BAR 60u

static void draw_row(const struct watch_glance_row *row, unsigned int width)
{
	unsigned int filled = (unsigned int)(row->share * width + 0.5), i;

	printf("  %-*.*s %6.1f %% ", NAME, NAME, row->name, 100 * row->share);
	for (i = 0; i < filled; i++)
		fputc('#', stdout);
}

static void draw(void *context, const struct watch_glance *g)
{
	const struct watchview *v = context;
	unsigned int top = v->rows - v->lines + 1, i;
	unsigned int width = v->columns > BESIDE ? v->columns - BESIDE : 0;

	width = width < MOST_BAR ? width : MOST_BAR;
	printf(SAVE LINE "%s%8.1f s %12.0f calls/s %8.1f s of CPU%s", top,
	       v->plain ? "" : BOLD, g->seconds, g->calls_per_second,
	       g->cpu_seconds, v->plain ? "" : NORMAL);
	for (i = 0; i < v->lines - 1; i++) {
		printf(LINE, top + 1 + i);
		if (i < g->n)
			draw_row(&g->rows[i], width);
	}
	printf(RESTORE);
	fflush(stdout);
}

/* The last lines scroll no more. */
static void reserve(const struct watchview *v)
{
	unsigned int i;

	for (i = 0; i < v->lines; i++)
		fputc('\n', stdout);
	printf(SAVE SCROLL RESTORE UP, v->rows - v->lines, v->lines);
	fflush(stdout);
}

struct watch_view watchview_begin(struct watchview *v)
{
	const char *term = getenv("TERM");
	struct winsize size;

	*v = (struct watchview){.plain = terminal_plain()};
	if (!isatty(STDOUT_FILENO) || !term || !strcmp(term, "dumb") ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 4 ||
	    size.ws_col < BESIDE)
		return (struct watch_view){0};
	v->rows = size.ws_row;
	v->columns = size.ws_col;
	v->lines = v->rows / 2 < MOST_LINES ? v->rows / 2 : MOST_LINES;
	reserve(v);
	return (struct watch_view){draw, v};
}

void watchview_end(struct watchview *v)
{
	unsigned int i;

	if (!v->lines)
		return;
	printf(SAVE SCROLL_ALL);
	for (i = 0; i < v->lines; i++)
		printf(LINE, v->rows - i);
	printf(RESTORE);
	fflush(stdout);
	v->lines = 0;
}
