/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LEVELS_H
#define SWC_LIB_LEVELS_H

#include <stddef.h>

#include "error.h"
#include "estimate.h"
#include "runtable.h"

/*
 * At which level does a figure vary? A sample differs from its neighbour, a round from
 * the next by where its code and memory lie, a process by what it got when it began. An
 * interval speaks only of levels that it contains, and more samples help only where
 * samples are what varies (Kalibera and Jones, "Rigorous benchmarking in reasonable
 * time", ISMM 2013).
 */
struct levels;

/**
 * struct level_variances - by how much a figure varies at each level
 * @process: the variance that a process adds; NAN: there is one only
 * @round: that a round adds, within its process; NAN: no process has two
 * @sample: of a figure that is made of one sample of each arm; NAN: no round has two
 *
 * In the figure's unit, squared. Each is what is left when the levels below, by as much
 * as they are averaged, are taken off; and 0 where chance leaves less than nothing.
 */
struct level_variances {
	double process;
	double round;
	double sample;
};

/* levels_new() - of runs of @narms arms. NULL with @err set: no memory. */
struct levels *levels_new(unsigned int narms, struct error *err);
void levels_free(struct levels *levels);

/*
 * levels_add_round() - keep the means and variances of a round's rows that weren't
 * dropped. Rounds come process by process. Return: 0, or -1 with @err set.
 */
int levels_add_round(struct levels *levels, const struct run_table *round,
		     struct error *err);

/* levels_processes() - how many there were. */
size_t levels_processes(const struct levels *levels);

/* levels_rounds() - of process @process, from 0. */
size_t levels_rounds(const struct levels *levels, size_t process);

/*
 * levels_process() - a figure of one process: the mean over its rounds of each round's
 * figure; NAN: none has it.
 */
double levels_process(const struct levels *levels, size_t process,
		      stats_figure figure, void *context);

/* levels_variances() - of a figure. */
struct level_variances levels_variances(const struct levels *levels,
					stats_figure figure, void *context);

#endif
