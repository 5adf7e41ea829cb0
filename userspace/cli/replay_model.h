/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_REPLAY_MODEL_H
#define SWC_CLI_REPLAY_MODEL_H

#include "cli.h"
#include "modelling.h"
#include "states.h"

/**
 * replay_model() - replay --backend model: predict misses, and measure nothing
 * @in: the sequences; a trace is followed as it was recorded, but lowered where a
 *	state is asked for, since states name a sequence's regions
 * @states: each replay begins in
 * @options: of the model
 * @cpu: whose caches; -1: the last allowed
 *
 * Return: the exit code.
 */
int replay_model(const struct cli_input *in, const struct states *states,
		 const struct modelling_options *options, int cpu);

#endif
