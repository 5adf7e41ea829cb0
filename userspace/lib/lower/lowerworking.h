/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERWORKING_H
#define SWC_LIB_LOWERWORKING_H

#include "codepages.h"
#include "pagemap.h"
#include "sequence.h"
#include "trace.h"

/**
 * lower_working() - what the program touched before the call, as a sequence's touches
 * @s: whose touches are filled, oldest first; left alone where the trace doesn't have
 *	all that lies between two calls
 * @trace: the trace
 * @variant: of it
 * @map: where the call's pages lie in the sequence's regions
 * @codepages: those of the call's code get their numbers
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int lower_working(struct sequence *s, const struct trace *trace,
		  const struct trace_variant *variant,
		  const struct pagemap *map, struct codepages *codepages,
		  struct error *err);

#endif
