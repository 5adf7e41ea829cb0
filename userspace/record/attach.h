/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_ATTACH_H
#define SWC_RECORD_ATTACH_H

#include <stddef.h>
#include <sys/types.h>

#include "error.h"

struct tracee;

/* A process of somebody else's, traced for a while and then let go. */

/**
 * attach_check() - may @pid be attached to at all?
 * @name: set to what its program is called, of @bytes
 */
int attach_check(pid_t pid, char *name, size_t bytes, struct error *err);

/* attach_refused() - set @err: there is no permission to. */
int attach_refused(struct tracee *t, struct error *err);

/* attach_seize() - trace all threads of @t->pid; they run on. */
int attach_seize(struct tracee *t, long options, struct error *err);

/*
 * attach_pin() - let the stopped threads use only the recorder's CPU, @cpu; the
 * two take turns anyway, and a wake-up across CPUs costs more than a step.
 */
int attach_pin(struct tracee *t, int cpu, struct error *err);

/* attach_release() - let go, whatever state it is in. */
void attach_release(struct tracee *t);

#endif
