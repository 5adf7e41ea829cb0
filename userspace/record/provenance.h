/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_PROVENANCE_H
#define SWC_RECORD_PROVENANCE_H

#include "../lib/tracebuild.h"
#include "symbols.h"
#include "tracee.h"

/*
 * Where a trace comes from: lines of its META section.
 *
 *   program, scenario, begin, go     what was recorded
 *   cpu, cpu_signature, microcode    on which processor
 *   hypervisor                       "none": bare metal
 *   kernel, date                     Linux release; UTC, ISO 8601
 *   recorder                         PROVENANCE_RECORDER
 *
 * Values that are unknown are left out, and file names lose their directory:
 * a trace may be published.
 */
#define PROVENANCE_RECORDER "1" /* changes when traces change their meaning */

/**
 * provenance_write() - add the lines to a trace
 * @scenario: its name, or NULL
 * @begin: the symbol at which the recording begins
 */
int provenance_write(struct trace_builder *builder, struct tracee *tracee,
		     const struct symbols *symbols, const char *scenario,
		     const char *begin, struct error *err);

#endif
