// SPDX-License-Identifier: GPL-2.0
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "elapsed.h"
#include "operator.h"

#define CELLS 40

/* Runs that take no longer show nothing, seconds; an estimate of less time is noise. */
#define WORTH_A_LINE  2.0
#define WORTH_A_GUESS 0.3

/**
 * struct progress - what the line shows
 * @always: of every run, however short
 * @terminal: drawn over again and again; else each tenth is a line
 * @part: of the runs, from 1
 * @begun: when the part began
 * @done: of it, 0 to 1
 * @percent: that was drawn last
 * @width: of what is drawn; 0: nothing
 */
static struct progress {
	bool always;
	bool terminal;
	unsigned int part;
	double begun;
	double done;
	int percent;
	int width;
} line;

/* "3 min 20 s", "12 s" */
static void print_left(char *text, size_t bytes, double seconds)
{
	unsigned int left = (unsigned int)(seconds + 0.5);

	if (left >= 120)
		snprintf(text, bytes, "%u min %02u s left", left / 60,
			 left % 60);
	else
		snprintf(text, bytes, "%u s left", left);
}

static void draw(const char *left)
{
	char text[160], bar[CELLS + 1];
	int percent = line.percent, n;

	memset(bar, ' ', CELLS);
	memset(bar, '#', (size_t)(percent * CELLS / 100));
	bar[CELLS] = '\0';
	n = snprintf(text, sizeof(text), "[%s] %3d %%%s%s", bar, percent,
		     *left ? ", " : "", left);
	if (line.part > 1)
		n += snprintf(text + n, sizeof(text) - n, " of part %u",
			      line.part);
	if (!line.terminal) {
		fprintf(stderr, "switchcost: %s\n", text + CELLS + 3);
		return;
	}
	fprintf(stderr, "\r%-*s", line.width, text);
	fflush(stderr);
	line.width = n > line.width ? n : line.width;
}

static bool is_worth(double spent, double left)
{
	if (line.always || line.width)
		return true;
	return spent > WORTH_A_GUESS && spent + left > WORTH_A_LINE;
}

static void tell(void *context, double done)
{
	double now = elapsed(), spent, left;
	char text[48] = "";
	int percent = (int)(done * 100);

	(void)context;
	if (done < line.done || !line.part) {
		line.part++;
		line.begun = now;
		line.percent = -1;
	}
	line.done = done;
	spent = now - line.begun;
	left = done > 0 ? spent * (1 - done) / done : 0;
	if (percent == line.percent || !is_worth(spent, left) ||
	    (!line.terminal && percent / 10 == line.percent / 10 &&
	     line.percent >= 0))
		return;
	line.percent = percent;
	if (done > 0 && done < 1 && spent > WORTH_A_GUESS)
		print_left(text, sizeof(text), left);
	draw(text);
}

void progress_begin(bool quiet, bool verbose)
{
	line = (struct progress){
		.always = verbose,
		.terminal = isatty(STDERR_FILENO),
		.percent = -1,
	};
	if (!quiet && (verbose || line.terminal))
		operator_attend((struct run_progress){tell, NULL});
}

void progress_end(void)
{
	if (line.width)
		fprintf(stderr, "\r%*s\r", line.width, "");
	line.width = 0;
}
