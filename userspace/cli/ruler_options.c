// SPDX-License-Identifier: GPL-2.0
#include "ruler_options.h"

#include <string.h>

/* Names with commas between, each of a row. */
static void take_rows(const struct cli_option *o, void *place, char *text,
		      const struct argp_state *state)
{
	char all[256], *name;
	uint32_t *rows = place;
	size_t i, used = 0;

	(void)o;
	for (i = 0; i < SITUATIONS; i++)
		used += snprintf(all + used, sizeof(all) - used, "%s%s",
				 i ? " " : "", situations[i].name);
	*rows = 0;
	while ((name = strsep(&text, ","))) {
		if (!*name)
			cli_usage(state, "--rows: which? choose %s", all);
		for (i = 0; i < SITUATIONS; i++)
			if (!strcmp(name, situations[i].name))
				break;
		if (i == SITUATIONS)
			cli_usage(state, "no row \"%s\"; choose %s", name, all);
		*rows |= UINT32_C(1) << i;
	}
}

static const struct cli_option options[] = {
	{"rows", 'r', "LIST",
	 "Only these, by their names with commas between (default: all)",
	 INTO(ruler_arguments, ruler.rows, take_rows)},
	{"budget", 0, "S",
	 "Begin nothing after S seconds (default 60); rows that weren't reached are marked",
	 INTO_REAL(ruler_arguments, ruler.budget, 1, 86400)},
	{"turns", 'n', "N",
	 "Processes of each row, live and replayed by turns (default 5)",
	 INTO_NUMBER(ruler_arguments, ruler.turns, 1, RULER_MAX_TURNS)},
	OPTION_GOPROBE(ruler_arguments, ruler.goprobe),
	{"svg", 0, "FILE", "Draw the ruler", INTO_TEXT(ruler_arguments, svg)},
	OPTION_JSON(ruler_arguments, json),
	{0}};

const struct cli_syntax ruler_syntax = {
	.doc = "Measure calls between Go and C in all situations, from one that "
	       "finds everything warm to one that finds its P gone: single calls, "
	       "live, beside their replays; and a Go call, an atomic, malloc, "
	       "getpid, a channel round trip and a page fault.\vAn interrupt (Ctrl-C) "
	       "ends the run, and the result has what was measured by then. The exit "
	       "code is 1 if something was asked for that wasn't measured.",
	.own = {options},
};
