/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_PROVENANCE_H
#define SWC_RECORD_PROVENANCE_H

#include "filehash.h"
#include "tracebuild.h"
#include "symbols.h"
#include "tracee.h"

/*
 * The lines of a trace's META section say where it comes from.
 *
 *   program, scenario, go            what was recorded
 *   cold                             states that stand for what comes before a call
 *   program_hash                     of the program's file; see file_hash()
 *   begin, end                       the functions; no end: until it returned
 *   attached                         1: a process that was running already
 *   thread_migrations                how often a call went on on another thread
 *   cpu_migrations                   how often one ended on another CPU
 *   repetitions, repetitions_wanted  how many calls were recorded
 *   ended_early                      why these are less than wanted
 *   cpu, cpu_signature, microcode    on which processor
 *   hypervisor                       "none": bare metal
 *   kernel, date                     Linux release; UTC, ISO 8601
 *   recorder                         PROVENANCE_RECORDER
 *
 * Values that are unknown are left out, and file names lose their directory:
 * a trace may be published.
 */
#define PROVENANCE_RECORDER "2" /* changes when traces change their meaning */

struct provenance {
	const char *program;
	const char *scenario; /* or NULL */
	const char *cold;     /* see struct scenario */
	const char *begin;
	const char *end; /* or NULL */
	bool attached;
	unsigned int thread_migrations;
	unsigned int cpu_migrations;
	unsigned int repetitions; /* that were kept */
	unsigned int wanted;
	const char *ended_early; /* why there are less, or NULL */

	/* by provenance_read() */
	char go[64];
	char hash[FILEHASH_BYTES];
};

/*
 * provenance_read() - fills the part of @provenance that can be read of the process
 * only, while it is there.
 */
void provenance_read(struct provenance *provenance, struct tracee *tracee,
		     const struct symbols *symbols);

/* provenance_write() - add the lines to a trace. */
int provenance_write(struct trace_builder *builder,
		     const struct provenance *provenance, struct error *err);

#endif
