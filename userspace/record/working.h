/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_WORKING_H
#define SWC_RECORD_WORKING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tracebuild.h"
#include "code.h"
#include "regions.h"
#include "stream.h"

/*
 * The lines that the recorded thread touched between two calls: those of the
 * best of a few tries: one that reached from call to call, or else the longest.
 */
struct working {
	struct trace_touched *lines; /* region: index into regions */
	size_t nlines;
	struct region *regions; /* where they lie */
	size_t nregions;
	size_t steps;
	size_t limit; /* of instructions; 0: it wasn't looked at */
	enum stream_end end;
	unsigned int tries;
};

/*
 * working_wanted() - is another try worth its time? It isn't if the last one
 * was complete, or so long that the next would be, too.
 */
bool working_wanted(const struct working *working);

/**
 * working_keep() - take what was stepped, if it is better than what is there
 * @stream: of stream_approach(), which ended with @end
 * @pid: of the program
 * @regions: as they are at the call that follows
 *
 * Return: 0, or -1 with @err set.
 */
int working_keep(struct working *working, const struct stream *stream,
		 enum stream_end end, const struct code *code, pid_t pid,
		 struct regions *regions, struct error *err);

/*
 * working_write() - put it into the trace, last of all, so that the names of
 * the regions that the calls use don't depend on it.
 */
int working_write(const struct working *working, struct trace_builder *builder,
		  struct error *err);
void working_free(struct working *working);

#endif
