/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_TRACEE_H
#define SWC_RECORD_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "error.h"
#include "vectors.h"
#include "breakpoint_state.h"
#include "heldsignals.h"
#include "interrupt.h"
#include "threads.h"

struct symbols;

/*
 * The process under ptrace. Started by the recorder, it is killed at the end;
 * attached to, it is let go as it was found. Between calls of tracing.h and
 * of control.h every thread is stopped and no breakpoint is planted.
 */
struct tracee {
	char name[64]; /* for messages */
	pid_t pid;
	bool attached; /* it was there before, and will be after */
	bool over;     /* it has ended, or is another program now */
	bool ending;   /* waits heed neither the user nor the clock */
	int memory;    /* /proc/PID/mem */
	struct deadline deadline;
	struct threads threads;
	struct breakpoint breakpoint;
	/*
	 * The symbols of its files, which breakpoints are compared with; NULL:
	 * not yet read.
	 */
	const struct symbols *symbols;
	pid_t stepping; /* the thread that was made to step, until it reports */
	pid_t held_for; /* the thread that the held signals are for */
	struct held_signals held;
};

/* tracee_set_timeout() - let the waits from now on end after @seconds. */
void tracee_set_timeout(struct tracee *t, double seconds);

int tracee_registers(struct tracee *t, pid_t tid, struct user_regs_struct *regs,
		     struct error *err);
int tracee_set_registers(struct tracee *t, pid_t tid,
			 const struct user_regs_struct *regs,
			 struct error *err);
int tracee_vectors(struct tracee *t, pid_t tid, struct vectors *vectors,
		   struct error *err);

/* tracee_read() - read memory. Return: 0, or -1 with @err set. */
int tracee_read(struct tracee *t, uint64_t address, void *buffer, size_t bytes,
		struct error *err);
int tracee_read_word(struct tracee *t, uint64_t address, uint64_t *word,
		     struct error *err);

/* tracee_read_some() - read what is readable. Return: bytes, 0 for none. */
size_t tracee_read_some(struct tracee *t, uint64_t address, void *buffer,
			size_t bytes);

/*
 * tracee_check_machine() - refuse a program that is not 64-bit x86 code. Before
 * tracee_entry(), which could not make sense of it.
 */
int tracee_check_machine(struct tracee *t, struct error *err);

/* tracee_entry() - the address of the program's first own instruction. */
int tracee_entry(struct tracee *t, uint64_t *address, struct error *err);

/* tracee_failed() - set @err for what ptrace cannot do; errno says why. */
int tracee_failed(struct tracee *t, const char *what, struct error *err);

#endif
