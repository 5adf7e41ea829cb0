/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_TRANSCRIPT_H
#define SWC_RECORD_TRANSCRIPT_H

#include "tracebuild.h"
#include "code.h"
#include "regions.h"
#include "stream.h"
#include "symbols.h"

/* Gives a followed stream its names, and puts it into the trace. */
struct transcript {
	struct trace_builder *builder;
	struct symbols *symbols;
	struct regions *regions; /* as they were at the stream's beginning */
	struct code *code;
	const struct stream *stream;
};

/* transcript_keep() - add the stream. Return: as trace_builder_end(). */
int transcript_keep(struct transcript *t, struct error *err);

#endif
